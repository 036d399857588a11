//! Values of rows of webhooks as domain types.

use domain::webhook::{Health, SignatureScheme, WebhookStatus};
use domain::{FieldError, Timestamp};

use crate::store::convert;
use crate::store::entity::webhooks;
use crate::{Error, Result};

/// Returns the health of a webhook.
pub(super) fn health(row: &webhooks::Model) -> Result<Health> {
    Ok(Health {
        status: status(row)?,
        consecutive_failures: convert::to_count(row.consecutive_failures),
        failing_since: convert::to_timestamp(row.failing_since),
        last_succeeded_at: convert::to_timestamp(row.last_succeeded_at),
    })
}

/// Writes the health into a row.
pub(super) fn set_health(row: &mut webhooks::Model, health: Health) {
    health.status.as_str().clone_into(&mut row.status);
    row.consecutive_failures = i32::try_from(health.consecutive_failures).unwrap_or(i32::MAX);
    row.failing_since = health.failing_since.map(Timestamp::millis);
    row.last_succeeded_at = health.last_succeeded_at.map(Timestamp::millis);
}

/// Returns the status of a webhook.
pub(super) fn status(row: &webhooks::Model) -> Result<WebhookStatus> {
    row.status.parse().map_err(|e: FieldError| Error::Internal(format!("webhook {}: {e}", row.id)))
}

/// Returns the signature scheme of a webhook. An unknown word, of a later version, is the default.
pub(super) fn scheme(row: &webhooks::Model) -> SignatureScheme {
    row.scheme.parse().unwrap_or_default()
}
