//! Mails with license keys.

use domain::event::Event;
use domain::mail::MailKind;
use domain::{CustomerId, LicenseId, MailId};
use sea_orm::EntityTrait as _;

use crate::mail::{CONTENT_LIFETIME_MS, NewMail, queue, require_quota, texts};
use crate::secrets::Keyring;
use crate::store::entity::{accounts, customers};
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Error, Result};

/// Queues one mail with keys to a customer, who must be locked, and records it at each license. The mail is
/// about the first license.
///
/// # Errors
/// Returns an error of the field `customer_email` if the customer has no address,
/// [`Error::Conflict`] if the account has used its quota up, or an error of the database.
pub(super) async fn queue_keys(
    txn: &mut WriteTxn,
    keys: &Keyring,
    actor: &Actor,
    product: &str,
    customer: &customers::Model,
    licenses: Vec<(LicenseId, String)>,
) -> Result<MailId> {
    let Some(email) = customer.email.clone() else {
        return Err(Error::invalid("customer_email", "The customer has no address to send the key to."));
    };
    require_quota(txn, actor.account).await?;
    let account = accounts::Entity::find_by_id(actor.account.0).one(txn.conn()).await?;
    let account = account.ok_or(Error::NotFound)?;
    let (ids, texts_of_keys): (Vec<LicenseId>, Vec<String>) = licenses.into_iter().unzip();
    let to = CustomerId(customer.id);
    let new = NewMail {
        account: actor.account,
        kind: MailKind::LicenseKey,
        recipient: email.clone(),
        content: texts::license_keys(&account.name, product, texts_of_keys),
        object: ids.first().map(|id| id.0),
        customer: Some(to),
        expires_at: txn.now().plus_millis(CONTENT_LIFETIME_MS),
    };
    let mail = queue(txn, keys, new).await?;
    for id in ids {
        let entry = AuditEvent::license(Event::LicenseKeySent, id)
            .detail(email.as_str())
            .with_payload("mail_id", mail.to_string());
        txn.record_of_customer(actor, to, entry);
    }
    Ok(mail)
}
