//! How the seller of a mail appears as its sender.

use domain::AccountId;
use domain::mail::MailKind;
use sea_orm::ConnectionTrait;

use super::stored::find;
use crate::Result;
use crate::mail::message::SellerSender;
use crate::store::entity::mails;

/// Returns the seller's name and reply address for a mail. The settings of the attempt count, so that a
/// correction helps mails that wait.
pub(in crate::mail) async fn sender_of(
    db: &impl ConnectionTrait,
    mail: &mails::Model,
) -> Result<SellerSender> {
    if !mail.kind.parse::<MailKind>().is_ok_and(MailKind::has_seller_sender) {
        return Ok(SellerSender::default());
    }
    let settings = find(db, AccountId(mail.account_id)).await?;
    Ok(SellerSender { name: settings.sender_name, reply_to: settings.reply_to })
}
