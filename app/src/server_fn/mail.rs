//! Server functions of mails.

use domain::view::MailPage;
use domain::{LicenseId, MailId};
use leptos::prelude::*;

use crate::UiError;
use crate::context;

/// Returns the account's mails that are older than `before`.
///
/// # Errors
/// Returns `forbidden` if the role does not allow it.
#[server(prefix = "/_fn", endpoint = "mails")]
pub async fn mails(before: Option<MailId>) -> Result<MailPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::mail::list(&service, &actor, before).await.map_err(context::to_ui_error)
}

/// Sends a failed mail again.
///
/// # Errors
/// Returns `conflict` if the mail has not failed, or its content has expired.
#[server(prefix = "/_fn", endpoint = "retry_mail")]
pub async fn retry_mail(id: MailId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::mail::retry(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Sends a test mail to the signed-in member.
///
/// # Errors
/// Returns `conflict` if mail is off.
#[server(prefix = "/_fn", endpoint = "send_test_mail")]
pub async fn send_test_mail() -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::mail::send_test(&service, &actor).await.map(drop).map_err(context::to_ui_error)
}

/// Sends the key of a license to its customer. A form that is submitted twice counts once.
///
/// # Errors
/// Returns `conflict` if mail is off, or the license has no customer with an address.
#[server(prefix = "/_fn", endpoint = "send_license_key")]
pub async fn send_license_key(id: LicenseId, form_token: Option<String>) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let sent = service::license::send_key(&service, &actor, id, form_token.as_deref()).await;
    sent.map_err(context::to_ui_error)
}
