//! The words of webhooks and of their log.

use domain::view::{WebhookLogEntry, WebhookView};
use domain::webhook::{DeliveryState, SignatureScheme, WebhookSecret, WebhookStatus};
use serde::Serialize;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;

/// A webhook.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookBody {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    name: String,
    url: String,
    /// In clear in the answers to a creation and a rotation alone.
    token: String,
    enabled: bool,
    active: bool,
    status: WebhookStatus,
    events: Vec<String>,
    signature_scheme: SignatureScheme,
    last_succeeded_at: Option<Time>,
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

/// An entry of the log.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogBody {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    webhook_id: Uuid,
    event_id: Uuid,
    event: String,
    url: String,
    status: DeliveryState,
    attempt: u32,
    status_code: Option<u16>,
    /// Empty for roles that may not see license keys.
    payload: String,
    response_body: Option<String>,
    error_message: Option<String>,
    requested_at: Option<Time>,
    responded_at: Option<Time>,
    duration_ms: Option<i64>,
    next_attempt_at: Option<Time>,
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
