//! `/activations`: machines that licenses are bound to, and domains of licenses (management API contract, 2.6).
//!
//! Apps call other methods of the same paths: `api/v3.rs`.

mod delete;
mod domains;
mod export;
mod list;
mod object;
mod schema;

use axum::Router;
use axum::routing::{delete as delete_route, get, post};
use service::Service;
use utoipa::OpenApi;

use crate::api::machine_api::offline;

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(
    list::list,
    list::show,
    list::of_organization,
    list::own,
    export::export,
    delete::delete_matching,
    delete::delete_own,
    domains::list,
    domains::delete
))]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/activations", get(list::list).delete(delete::delete_matching))
        .route("/activations/export", get(export::export))
        .route("/activations/offline-activate", post(offline::activate))
        .route("/activations/offline-deactivate", post(offline::deactivate))
        .route("/activations/{id}", get(list::show).delete(delete::delete))
        .route("/organizations/{id}/activations", get(list::of_organization))
        .route("/me/activations", get(list::own))
        .route("/me/activations/{id}", delete_route(delete::delete_own))
        .route("/licenses/{id}/domains", get(domains::list))
        .route("/licenses/{id}/domains/{domain}", delete_route(domains::delete))
}
