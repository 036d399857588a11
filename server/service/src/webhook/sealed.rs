//! Sealed values of webhooks: secrets, bodies of deliveries, and answers.

use domain::webhook::WebhookSecret;
use uuid::Uuid;

use crate::secrets::{Keyring, Purpose};
use crate::store::entity::webhooks;
use crate::{Error, Result};

/// Seals the secret of a webhook.
pub(super) fn seal_secret(keys: &Keyring, webhook: Uuid, secret: &WebhookSecret) -> Result<Vec<u8>> {
    keys.seal(Purpose::WebhookSecret, webhook, secret.expose().as_bytes())
}

/// Seals the secret that a webhook had before.
pub(super) fn seal_previous_secret(keys: &Keyring, webhook: Uuid, secret: &WebhookSecret) -> Result<Vec<u8>> {
    keys.seal(Purpose::WebhookPreviousSecret, webhook, secret.expose().as_bytes())
}

/// Opens the secret of a webhook.
pub(super) fn open_secret(keys: &Keyring, row: &webhooks::Model) -> Result<WebhookSecret> {
    let text = open_text(keys, Purpose::WebhookSecret, row.id, &row.secret_sealed)?;
    Ok(WebhookSecret::from_storage(text))
}

/// Opens the former secret of a webhook, if it signs too at `now`.
pub(super) fn open_previous_secret(
    keys: &Keyring,
    row: &webhooks::Model,
    now: domain::Timestamp,
) -> Result<Option<WebhookSecret>> {
    let is_valid = row.previous_secret_until.is_some_and(|until| until > now.millis());
    let Some(sealed) = row.previous_secret_sealed.as_ref().filter(|_| is_valid) else { return Ok(None) };
    let text = open_text(keys, Purpose::WebhookPreviousSecret, row.id, sealed)?;
    Ok(Some(WebhookSecret::from_storage(text)))
}

/// Seals the body of a delivery.
pub(super) fn seal_body(keys: &Keyring, delivery: Uuid, body: &str) -> Result<Vec<u8>> {
    keys.seal(Purpose::WebhookBody, delivery, body.as_bytes())
}

/// Opens the body of a delivery.
pub(super) fn open_body(keys: &Keyring, delivery: Uuid, sealed: &[u8]) -> Result<String> {
    open_text(keys, Purpose::WebhookBody, delivery, sealed)
}

/// Seals the beginning of an answer.
pub(super) fn seal_answer(keys: &Keyring, attempt: Uuid, answer: &str) -> Result<Vec<u8>> {
    keys.seal(Purpose::WebhookAnswer, attempt, answer.as_bytes())
}

/// Opens the beginning of an answer.
pub(super) fn open_answer(keys: &Keyring, attempt: Uuid, sealed: &[u8]) -> Result<String> {
    open_text(keys, Purpose::WebhookAnswer, attempt, sealed)
}

fn open_text(keys: &Keyring, purpose: Purpose, row: Uuid, sealed: &[u8]) -> Result<String> {
    let opened = keys.open(purpose, row, sealed)?;
    let text = std::str::from_utf8(&opened);
    text.map(ToOwned::to_owned)
        .map_err(|_| Error::Internal(format!("webhook {row}: sealed value is no text")))
}
