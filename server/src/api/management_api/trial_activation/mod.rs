//! `/trial-activations`: trials of machines (management API contract, 2.7).
//!
//! Apps start trials by the same path: `api/v3.rs`.

mod export;
mod handlers;
mod object;
mod schema;

use axum::Router;
use axum::routing::{get, patch, post};
use service::Service;
use utoipa::OpenApi;

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(
    handlers::list,
    export::export,
    handlers::show,
    handlers::delete,
    handlers::extend,
    handlers::set_end
))]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/trial-activations", get(handlers::list))
        .route("/trial-activations/export", get(export::export))
        .route("/trial-activations/{id}", get(handlers::show).delete(handlers::delete))
        .route("/trial-activations/{id}/extend", post(handlers::extend))
        .route("/trial-activations/{id}/expires-at", patch(handlers::set_end))
}
