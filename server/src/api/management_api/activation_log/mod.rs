//! `/activation-logs`: activations, releases and trials (management API contract, 2.11).

mod export;
mod list;

use axum::Router;
use axum::routing::get;
use service::Service;
use utoipa::OpenApi;

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list::list, export::export))]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/activation-logs", get(list::list))
        .route("/activation-logs/export", get(export::export))
}
