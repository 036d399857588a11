//! `/licenses` (management API contract, 2.1).

mod bulk;
mod export;
mod filters;
mod handlers;
mod input;
mod object;
mod of_others;
mod parts;
mod refusal;
mod schema;
mod subscription_log;

pub(super) use input::read_metadata;
pub(super) use object::{KeyView, LicenseObject};
pub(super) use schema::GivenMetadata;

use axum::Router;
use axum::routing::{delete, get, patch, post};
use service::Service;
use utoipa::OpenApi;

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(
    handlers::list,
    handlers::create,
    handlers::show,
    handlers::change,
    handlers::delete,
    handlers::renew,
    handlers::extend,
    handlers::set_expiry,
    bulk::create,
    bulk::change,
    export::export,
    subscription_log::list,
    parts::delete_metadata,
    parts::delete_meter,
    parts::reset_meter,
    parts::delete_metadata_of,
    parts::delete_meter_of,
    parts::reset_meter_of,
    of_others::of_organization,
    of_others::own,
))]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/licenses", get(handlers::list).post(handlers::create))
        .route("/licenses/bulk", post(bulk::create).patch(bulk::change))
        .route("/licenses/export", get(export::export))
        .route("/licenses/subscription-logs", get(subscription_log::list))
        .route("/licenses/metadata/{part}", delete(parts::delete_metadata))
        .route("/licenses/meter-attributes/{part}", delete(parts::delete_meter))
        .route("/licenses/meter-attributes/{part}/reset", post(parts::reset_meter))
        .route("/organizations/{id}/licenses", get(of_others::of_organization))
        .route("/me/licenses", get(of_others::own))
        .route("/licenses/{id}", get(handlers::show).patch(handlers::change).delete(handlers::delete))
        .route("/licenses/{id}/renew", post(handlers::renew))
        .route("/licenses/{id}/extend", post(handlers::extend))
        .route("/licenses/{id}/expires-at", patch(handlers::set_expiry))
        .route("/licenses/{id}/metadata/{part}", delete(parts::delete_metadata_of))
        .route("/licenses/{id}/meter-attributes/{part}", delete(parts::delete_meter_of))
        .route("/licenses/{id}/meter-attributes/{part}/reset", post(parts::reset_meter_of))
}
