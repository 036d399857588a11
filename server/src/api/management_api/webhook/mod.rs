//! `/webhooks` and `/webhook-event-logs` (management API contract, 2.10 and 4).

mod actions;
mod log;
mod read_body;
mod samples;
mod schema;
mod view;
mod webhooks;
mod words;

use axum::Router;
use axum::routing::{get, post};
use service::Service;
use utoipa::OpenApi;

pub use words::ManagementWords;

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(
    webhooks::list,
    webhooks::create,
    webhooks::events,
    webhooks::show,
    webhooks::change,
    webhooks::delete,
    actions::rotate_token,
    actions::test,
    actions::replay,
    log::list,
    log::show,
    log::retry
))]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/webhooks", get(webhooks::list).post(webhooks::create))
        .route("/webhooks/events", get(webhooks::events))
        .route("/webhooks/{id}", get(webhooks::show).patch(webhooks::change).delete(webhooks::delete))
        .route("/webhooks/{id}/rotate-token", post(actions::rotate_token))
        .route("/webhooks/{id}/test", post(actions::test))
        .route("/webhooks/{id}/replay", post(actions::replay))
        .route("/webhook-event-logs", get(log::list))
        .route("/webhook-event-logs/{id}", get(log::show))
        .route("/webhook-event-logs/{id}/retry", post(log::retry))
}
