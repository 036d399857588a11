//! The machine API under `/v3`: activations with signed tokens (machine API contract).
//!
//! Errors are `{"message", "code"}` with status 400 unless the contract documents another
//! status, because clients treat an unknown status as a network failure.

pub(super) mod activations;
mod error;
mod extract;
pub(super) mod meters;
pub(super) mod offline;
mod rate_limit;
pub(super) mod releases;
mod schema;
pub(super) mod status;
pub(super) mod trials;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, patch, post};
use http::{HeaderValue, header};
use service::Service;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::config::Switch;
use rate_limit::RateLimitState;

/// Returns the routes, without `/v3`.
pub(super) fn routes(service: &Service, switch: Switch) -> Router {
    let limits = Arc::new(RateLimitState::new(service, switch));
    Router::new()
        .route("/activations", post(activations::create))
        .route("/activations/meter-attributes/{id}", post(meters::increment))
        .route("/activations/{id}", patch(activations::sync).delete(activations::delete))
        .route("/activations/{id}/deactivate", post(activations::deactivate))
        .route("/trial-activations", post(trials::create))
        .route("/trial-activations/offline-activate", post(offline::trial))
        .route("/releases/update", get(releases::update))
        .route("/status", get(status::status))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(limits, rate_limit::enforce))
        .layer(no_store())
        .with_state(service.clone())
}

/// Forbids caching: answers hold tokens, and a license may be suspended at any time.
fn no_store() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}
