//! Webhooks, their deliveries and the log of attempts. The secret is never part of a view.

use serde::{Deserialize, Serialize};

use crate::webhook::{DeliveryState, SignatureScheme, WebhookStatus};
use crate::{Timestamp, WebhookAttemptId, WebhookDeliveryId, WebhookId};

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookView {
    /// The webhook's id.
    pub id: WebhookId,
    /// The name.
    pub name: String,
    /// The address of the receiver.
    pub url: String,
    /// The last four characters of the secret.
    pub secret_last_four: String,
    /// Until when the former secret signs too.
    pub previous_secret_until: Option<Timestamp>,
    /// Whether events are sent.
    pub is_enabled: bool,
    /// The status.
    pub status: WebhookStatus,
    /// Names and patterns of events.
    pub events: Vec<String>,
    /// How deliveries are signed.
    pub scheme: SignatureScheme,
    /// The last success.
    pub last_succeeded_at: Option<Timestamp>,
    /// Failed attempts since then.
    pub consecutive_failures: u32,
    /// The first of them.
    pub failing_since: Option<Timestamp>,
    /// When the webhook was made.
    pub created_at: Timestamp,
    /// The last change of the settings or of a suspension.
    pub updated_at: Timestamp,
}

impl WebhookView {
    /// Returns whether its receiver fails, so that a member should look.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.is_enabled && self.status != WebhookStatus::Healthy
    }
}

/// A delivery in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRow {
    /// The delivery's id, which receivers get as `webhook-id`.
    pub id: WebhookDeliveryId,
    /// The event.
    pub event: String,
    /// The state.
    pub state: DeliveryState,
    /// Attempts of the schedule that runs or ran last.
    pub attempts: u32,
    /// When the event happened.
    pub created_at: Timestamp,
    /// The next attempt of a waiting delivery.
    pub next_attempt_at: Option<Timestamp>,
}

/// A page of a webhook's deliveries, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryPage {
    /// The webhook.
    pub webhook: WebhookView,
    /// The deliveries.
    pub deliveries: Vec<DeliveryRow>,
    /// The page of older deliveries begins after this one.
    pub older: Option<WebhookDeliveryId>,
}

/// An attempt in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRow {
    /// The attempt's id.
    pub id: WebhookAttemptId,
    /// The number of the attempt within its schedule.
    pub attempt: u32,
    /// Whether it succeeded, failed, waits or was skipped.
    pub state: DeliveryState,
    /// The status of the answer.
    pub status_code: Option<u16>,
    /// The beginning of the answer.
    pub answer: Option<String>,
    /// Why the attempt failed.
    pub error: Option<String>,
    /// When the request was sent.
    pub requested_at: Option<Timestamp>,
    /// When the answer or the error came.
    pub responded_at: Option<Timestamp>,
    /// The attempt after this one, as it was planned.
    pub next_attempt_at: Option<Timestamp>,
    /// Whether a member asked for the schedule.
    pub is_manual: bool,
    /// When the entry was written.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A delivery with its payload and its attempts, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryView {
    /// The webhook.
    pub webhook: WebhookView,
    /// The delivery.
    pub delivery: DeliveryRow,
    /// The body. `None` if the role may not see license keys, which it can contain.
    pub payload: Option<String>,
    /// The attempts of the last 30 days, at most 50.
    pub attempts: Vec<AttemptRow>,
}

/// An entry of the log: an attempt with its delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookLogEntry {
    /// The attempt.
    pub attempt: AttemptRow,
    /// The webhook.
    pub webhook: WebhookId,
    /// The delivery.
    pub delivery: WebhookDeliveryId,
    /// The event.
    pub event: String,
    /// The address that the attempt was sent to.
    pub url: String,
    /// The body. `None` if the role may not see license keys, which it can contain.
    pub payload: Option<String>,
}

/// The webhooks of the instance, for the operator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookHealth {
    /// Webhooks whose last attempt failed.
    pub unhealthy: u64,
    /// Webhooks that are suspended.
    pub suspended: u64,
}
