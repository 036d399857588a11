//! Read models of webhooks, deliveries and attempts.

use domain::view::{AttemptRow, DeliveryRow, WebhookView};
use domain::webhook::{DeliveryState, Subscriptions};
use domain::{FieldError, Timestamp, WebhookAttemptId, WebhookDeliveryId, WebhookId};
use uuid::Uuid;

use super::{sealed, stored};
use crate::secrets::Keyring;
use crate::store::convert;
use crate::store::entity::{webhook_attempts, webhooks};
use crate::{Error, Result};

/// Converts a webhook.
pub(super) fn webhook(model: &webhooks::Model) -> Result<WebhookView> {
    let health = stored::health(model)?;
    Ok(WebhookView {
        id: WebhookId(model.id),
        name: model.name.clone(),
        url: model.url.clone(),
        secret_last_four: model.secret_last_four.clone(),
        previous_secret_until: convert::to_timestamp(model.previous_secret_until),
        is_enabled: model.is_enabled,
        status: health.status,
        events: Subscriptions::from_storage(&model.events).names(),
        scheme: stored::scheme(model),
        last_succeeded_at: health.last_succeeded_at,
        consecutive_failures: health.consecutive_failures,
        failing_since: health.failing_since,
        created_at: Timestamp::from_millis(model.created_at),
        updated_at: Timestamp::from_millis(model.updated_at),
    })
}

/// The columns of a delivery without its body, which may be long.
#[derive(sea_orm::FromQueryResult)]
pub(super) struct DeliverySummary {
    pub id: Uuid,
    pub event: String,
    pub state: String,
    pub attempts: i32,
    pub due_at: i64,
    pub created_at: i64,
}

/// Converts a delivery.
pub(super) fn delivery(model: &DeliverySummary) -> Result<DeliveryRow> {
    let state = state(model.id, &model.state)?;
    let next_attempt_at = (state == DeliveryState::Pending).then_some(model.due_at);
    Ok(DeliveryRow {
        id: WebhookDeliveryId(model.id),
        event: model.event.clone(),
        state,
        attempts: convert::to_count(model.attempts),
        created_at: Timestamp::from_millis(model.created_at),
        next_attempt_at: convert::to_timestamp(next_attempt_at),
    })
}

/// Converts an attempt.
pub(super) fn attempt(
    keys: &Keyring,
    model: &webhook_attempts::Model,
    with_answer: bool,
) -> Result<AttemptRow> {
    let sealed_answer = model.answer_sealed.as_ref().filter(|_| with_answer);
    Ok(AttemptRow {
        id: WebhookAttemptId(model.id),
        attempt: convert::to_count(model.attempt),
        state: state(model.id, &model.state)?,
        status_code: model.status_code.and_then(|code| u16::try_from(code).ok()),
        answer: sealed_answer.map(|answer| sealed::open_answer(keys, model.id, answer)).transpose()?,
        error: model.error.clone(),
        requested_at: convert::to_timestamp(model.requested_at),
        responded_at: convert::to_timestamp(model.responded_at),
        next_attempt_at: convert::to_timestamp(model.next_attempt_at),
        is_manual: model.is_manual,
        created_at: Timestamp::from_millis(model.created_at),
        updated_at: Timestamp::from_millis(model.updated_at),
    })
}

/// Parses a stored state.
pub(super) fn state(id: Uuid, word: &str) -> Result<DeliveryState> {
    word.parse().map_err(|e: FieldError| Error::Internal(format!("webhook delivery {id}: {e}")))
}
