//! The words of webhooks and of their log.

use domain::view::{WebhookLogEntry, WebhookView};
use domain::webhook::{DeliveryState, SignatureScheme, WebhookSecret, WebhookStatus};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::schema;
use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;

/// A webhook.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Webhook)]
pub(super) struct WebhookBody {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    /// Its name.
    name: String,
    /// The address that events are posted to.
    url: String,
    /// The secret that signs deliveries. In clear in the answers to a creation and a rotation alone; else `****` and
    /// its last four characters.
    token: String,
    /// Whether events are sent.
    enabled: bool,
    /// The same as `enabled`, for older clients.
    active: bool,
    /// How its deliveries go.
    #[schema(value_type = schema::WebhookStatus)]
    status: WebhookStatus,
    /// The names of the events that are sent, or patterns such as `license.*`.
    events: Vec<String>,
    /// How deliveries are signed.
    #[schema(value_type = schema::SignatureScheme)]
    signature_scheme: SignatureScheme,
    /// When the receiver last accepted a delivery.
    last_succeeded_at: Option<Time>,
    /// Failed attempts since then.
    consecutive_failures: u32,
}

impl WebhookBody {
    /// Creates the body with a masked token.
    pub fn new(view: WebhookView) -> Self {
        Self {
            id: view.id.0,
            created_at: view.created_at.into(),
            updated_at: view.updated_at.into(),
            name: view.name,
            url: view.url,
            token: WebhookSecret::mask(&view.secret_last_four),
            enabled: view.is_enabled,
            active: view.is_enabled,
            status: view.status,
            events: view.events,
            signature_scheme: view.scheme,
            last_succeeded_at: view.last_succeeded_at.map(Time),
            consecutive_failures: view.consecutive_failures,
        }
    }

    /// Creates the body with the token in clear.
    pub fn with_token(view: WebhookView, secret: &WebhookSecret) -> Self {
        Self { token: secret.expose().to_owned(), ..Self::new(view) }
    }
}

impl ListItem for WebhookBody {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// An entry of the log: one attempt of a delivery. Entries are kept for 30 days.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::WebhookEventLog)]
pub(super) struct LogBody {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    /// The webhook's id.
    webhook_id: Uuid,
    /// The id of the event for this webhook, the header `webhook-id`. The same at each attempt.
    event_id: Uuid,
    /// The event's name.
    event: String,
    /// The address that the attempt was sent to.
    url: String,
    /// How the attempt ended.
    #[schema(value_type = schema::DeliveryState)]
    status: DeliveryState,
    /// The number of the attempt, from 1.
    attempt: u32,
    /// The status of the receiver's answer. `null`: there was no answer.
    status_code: Option<u16>,
    /// The body that was sent, as a text. Empty for roles that may not see license keys.
    payload: String,
    /// The beginning of the receiver's answer.
    response_body: Option<String>,
    /// Why the attempt failed.
    error_message: Option<String>,
    /// When the attempt was sent.
    requested_at: Option<Time>,
    /// When the receiver answered, or the attempt failed.
    responded_at: Option<Time>,
    /// The milliseconds between these.
    duration_ms: Option<i64>,
    /// When the next attempt follows. `null`: none follows.
    next_attempt_at: Option<Time>,
    /// Whether the attempt was asked for: a test, a retry or a replay.
    manual: bool,
}

impl LogBody {
    /// Creates the body of an entry.
    pub fn new(entry: WebhookLogEntry) -> Self {
        let WebhookLogEntry { attempt, webhook, delivery, event, url, payload } = entry;
        let span = attempt.requested_at.zip(attempt.responded_at);
        Self {
            id: attempt.id.0,
            created_at: attempt.created_at.into(),
            updated_at: attempt.updated_at.into(),
            webhook_id: webhook.0,
            event_id: delivery.0,
            event,
            url,
            status: attempt.state,
            attempt: attempt.attempt,
            status_code: attempt.status_code,
            payload: payload.unwrap_or_default(),
            response_body: attempt.answer,
            error_message: attempt.error,
            requested_at: attempt.requested_at.map(Time),
            responded_at: attempt.responded_at.map(Time),
            duration_ms: span.map(|(from, to)| to.millis() - from.millis()),
            next_attempt_at: attempt.next_attempt_at.map(Time),
            manual: attempt.is_manual,
        }
    }
}

impl ListItem for LogBody {
    fn id(&self) -> Uuid {
        self.id
    }
}
