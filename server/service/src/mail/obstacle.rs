//! Reasons not to send a queued mail any more.

use domain::AccountId;
use domain::license::State;
use domain::mail::MailKind;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::account::suspension::is_suspended;
use crate::store::convert;
use crate::store::entity::{customers, licenses, mails};
use crate::{Result, Service};

/// Returns a sentence if the mail must not be sent.
///
/// # Errors
/// Returns an error if the database fails.
pub(super) async fn find(service: &Service, mail: &mails::Model) -> Result<Option<&'static str>> {
    let now = service.now().millis();
    if mail.expires_at <= now || mail.give_up_at < now {
        return Ok(Some("The mail was not sent in time."));
    }
    let Ok(kind) = mail.kind.parse::<MailKind>() else { return Ok(None) };
    let db = service.store.read();
    if kind.is_of_seller() && is_suspended(db, AccountId(mail.account_id)).await? {
        return Ok(Some("The account was suspended."));
    }
    match (kind, mail.object_id, mail.customer_id) {
        (MailKind::LicenseKey | MailKind::ExpiryReminder | MailKind::ActivationNotice, Some(_), Some(_)) => {
            about_license(db, kind, mail).await
        }
        // The link would open nothing.
        (MailKind::CustomerLink, _, Some(_)) => to_former_address(db, mail).await,
        _ => Ok(None),
    }
}

/// Returns a sentence if the recipient must not get a mail about a license any more, or if a reminder is not
/// true any more.
async fn about_license(
    db: &impl ConnectionTrait,
    kind: MailKind,
    mail: &mails::Model,
) -> Result<Option<&'static str>> {
    let license = licenses::Entity::find()
        .filter(licenses::Column::AccountId.eq(mail.account_id))
        .filter(licenses::Column::Id.eq(mail.object_id))
        .one(db)
        .await?;
    let Some(license) = license else { return Ok(Some("The license was removed.")) };
    let is_reminder = kind == MailKind::ExpiryReminder;
    match convert::license_state(&license)? {
        State::Revoked { .. } => return Ok(Some("The license was revoked.")),
        State::Suspended { .. } if is_reminder => return Ok(Some("The license was suspended.")),
        State::Active | State::Suspended { .. } => {}
    }
    // The content of a reminder expires with the license.
    if is_reminder && license.expires_at != Some(mail.expires_at) {
        return Ok(Some("The license’s expiry was changed."));
    }
    if license.customer_id != mail.customer_id {
        return Ok(Some("The license was transferred to another customer."));
    }
    to_former_address(db, mail).await
}

/// Returns a sentence if the customer has another address now.
async fn to_former_address(db: &impl ConnectionTrait, mail: &mails::Model) -> Result<Option<&'static str>> {
    let customer = customers::Entity::find()
        .filter(customers::Column::AccountId.eq(mail.account_id))
        .filter(customers::Column::Id.eq(mail.customer_id))
        .one(db)
        .await?;
    let is_address_current = customer.is_some_and(|it| it.email.as_deref() == Some(mail.recipient.as_str()));
    Ok((!is_address_current).then_some("The customer’s address was changed."))
}
