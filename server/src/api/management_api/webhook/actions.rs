//! `/webhooks/:id/rotate-token`, `/test` and `/replay`.

use axum::extract::State;
use axum::response::Response;
use domain::webhook::WebhookEvent;
use domain::{Scope, WebhookId};
use serde::Serialize;
use service::webhook::{MAX_OVERLAP_MS, Replay};
use service::{Service, webhook};
use utoipa::ToSchema;

use super::read_body;
use super::schema::{TokenRotation, WebhookReplay, WebhookTest};
use super::view::{LogBody, WebhookBody};
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::body::Body;
use crate::api::management_api::error::Result;
use crate::api::management_api::path::Id;

/// The overlap of two tokens unless the body says otherwise, in seconds.
const DEFAULT_OVERLAP: i64 = 86_400;

/// Rotate the token of a webhook
///
/// Both tokens sign during the overlap. The answer shows the new one in clear, once.
#[utoipa::path(post, path = "/v3/webhooks/{id}/rotate-token", tag = "Webhooks", operation_id = "rotateWebhookToken",
    security(("bearer" = ["webhook:write"])),
    params(("id" = uuid::Uuid, Path, description = "The webhook's id.")),
    request_body = Option<TokenRotation>,
    responses((status = 200, description = "The webhook with its new token.", body = WebhookBody)))]
pub(super) async fn rotate_token(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::WEBHOOK_WRITE)?;
    let secret = read_body::token(&fields)?;
    let overlap = fields.integer("overlap", 0..=MAX_OVERLAP_MS / 1000)?.unwrap_or(DEFAULT_OVERLAP);
    let made =
        webhook::rotate_secret(&service, caller.actor(), WebhookId(id), secret, overlap * 1000).await?;
    answer::ok(&WebhookBody::with_token(made.webhook, &made.secret))
}

/// Test a webhook
///
/// Sends one attempt with made-up data and waits for the receiver, at most 10 seconds. A failure does not change the
/// status of the webhook.
#[utoipa::path(post, path = "/v3/webhooks/{id}/test", tag = "Webhooks", operation_id = "testWebhook",
    security(("bearer" = ["webhook:write"])),
    params(("id" = uuid::Uuid, Path, description = "The webhook's id.")),
    request_body = Option<WebhookTest>,
    responses((status = 200, description = "The entry of the attempt in the log.", body = LogBody)))]
pub(super) async fn test(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::WEBHOOK_WRITE)?;
    let name = fields.string("event", 1..=64)?.value();
    let unknown = || fields.error("event", "must be the name of an event, such as license.created");
    let event = name.map(|name| WebhookEvent::parse(&name).ok_or_else(unknown)).transpose()?;
    let entry = webhook::send_test(&service, caller.actor(), WebhookId(id), event).await?;
    answer::ok(&LogBody::new(entry))
}

/// The answer to a replay.
#[derive(Serialize, ToSchema)]
#[schema(as = v3::WebhookReplayResult)]
struct Scheduled {
    /// The number of deliveries that are sent again, at most 10,000.
    scheduled: u64,
}

/// Replay deliveries of a webhook
///
/// Sends the events of a span of time again, the oldest first and at most 10,000.
#[utoipa::path(post, path = "/v3/webhooks/{id}/replay", tag = "Webhooks", operation_id = "replayWebhook",
    security(("bearer" = ["webhook:write"])),
    params(("id" = uuid::Uuid, Path, description = "The webhook's id.")),
    request_body = WebhookReplay,
    responses((status = 200, description = "How many deliveries are sent again.", body = Scheduled)))]
pub(super) async fn replay(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::WEBHOOK_WRITE)?;
    let from = fields.time("from")?.ok_or_else(|| fields.error("from", "is required"))?;
    let only_failed = fields.boolean("onlyFailed")?.unwrap_or(true);
    let replay = Replay { from, to: fields.time("to")?, only_failed };
    let scheduled = webhook::replay(&service, caller.actor(), WebhookId(id), replay).await?;
    answer::ok(&Scheduled { scheduled })
}
