//! Asks for a link that sets a new password.

use domain::event::Event;
use domain::mail::{MAX_RESETS_PER_HOUR, MailKind};
use domain::{Email, UserId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::first_account::first_account;
use super::lock_user::lock_user;
use super::record::record_by;
use super::reset_link;
use crate::mail::recent::{are_at_least, of_last_hour};
use crate::mail::{NewMail, queue, texts};
use crate::store::entity::{mails, users};
use crate::{Principal, Result, Service};

/// Sends a link to the user with this address, if there is one. The answer and its time do not tell: the
/// look-up runs after the answer. Requests are limited per client. A user gets three links an hour at most.
///
/// # Errors
/// Returns an error of the field `email` if the text is no address, [`crate::Error::TooManyTries`] after too
/// many requests, or [`crate::Error::Conflict`] if mail is off.
#[tracing::instrument(name = "account.request_password_reset", skip_all, err(level = "debug"))]
pub fn request_password_reset(service: &Service, email: &str, address: Option<&str>) -> Result<()> {
    service.mailer()?;
    service.sign_in_throttle.check_reset(address, service.now()).inspect_err(|_| {
        tracing::warn!(address, "password reset refused: too many requests");
    })?;
    let email = Email::parse(email)?;
    let (service, address) = (service.clone(), address.map(ToOwned::to_owned));
    tokio::spawn(async move {
        if let Err(error) = send_link(&service, &email, address.as_deref()).await {
            tracing::warn!(%error, "mail of a password reset not queued");
        }
    });
    Ok(())
}

async fn send_link(service: &Service, email: &Email, address: Option<&str>) -> Result<()> {
    let mailer = service.mailer()?;
    let find = users::Entity::find().filter(users::Column::Email.eq(email.as_str()));
    let Some(found) = find.one(service.store.read()).await? else {
        tracing::info!(address, "password reset of an unknown address");
        return Ok(());
    };
    let user = UserId(found.id);
    let mut txn = service.begin_write().await?;
    let row = lock_user(&txn, user).await?;
    let links = of_last_hour(&[MailKind::PasswordReset], txn.now());
    let to_user = links.filter(mails::Column::ObjectId.eq(user.0));
    if are_at_least(txn.conn(), to_user, MAX_RESETS_PER_HOUR).await? {
        tracing::warn!(%user, address, "password reset without a mail: the user got three within an hour");
        return Ok(());
    }
    // No page is open to a member of no account.
    let Some(account) = first_account(txn.conn(), user).await? else { return Ok(()) };
    let (token, expires_at) = reset_link::insert(&txn, &service.keys, user).await?;
    let new = NewMail {
        account,
        kind: MailKind::PasswordReset,
        recipient: row.email,
        content: texts::password_reset(mailer.origin(), &token),
        object: Some(user.0),
        customer: None,
        expires_at,
    };
    queue(&txn, &service.keys, new).await?;
    let detail = format!("from {}", address.unwrap_or("an unknown address"));
    record_by(&mut txn, user, Event::PasswordResetRequested, Some(detail), &Principal::System).await?;
    txn.commit().await?;
    tracing::info!(%user, address, "link of a password reset queued");
    Ok(())
}
