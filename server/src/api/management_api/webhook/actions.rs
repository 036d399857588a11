//! `/webhooks/:id/rotate-token`, `/test` and `/replay`.

use axum::extract::State;
use axum::response::Response;
use domain::webhook::WebhookEvent;
use domain::{Scope, WebhookId};
use serde::Serialize;
use service::webhook::{MAX_OVERLAP_MS, Replay};
use service::{Service, webhook};

use super::read_body;
use super::view::{LogBody, WebhookBody};
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::body::Body;
use crate::api::management_api::error::Result;
use crate::api::management_api::path::Id;

/// The overlap of two tokens unless the body says otherwise, in seconds.
const DEFAULT_OVERLAP: i64 = 86_400;

/// `POST /webhooks/:id/rotate-token`.
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

/// `POST /webhooks/:id/test`: the entry of one attempt with made-up data.
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
#[derive(Serialize)]
struct Scheduled {
    scheduled: u64,
}

/// `POST /webhooks/:id/replay`.
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
