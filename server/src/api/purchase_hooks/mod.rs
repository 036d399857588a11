//! `POST /hooks/{provider}/{connection}`: events of the shops of sellers.
//!
//! The provider's signature is the only credential. Everything but 200 makes the provider send the event again.

mod document;
mod error;
mod rate_limit;
mod receive;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::post;
use service::Service;

use crate::config::Switch;
pub(super) use document::document;
use rate_limit::{Gate, RateLimitState};

/// Returns the routes.
pub fn routes(service: &Service, switch: Switch) -> Router {
    let limits = Arc::new(RateLimitState::new(switch, service.limit_share()));
    let gate = Gate { limits, service: service.clone() };
    Router::new()
        .route("/hooks/{provider}/{connection}", post(receive::receive))
        .route_layer(from_fn_with_state(gate, rate_limit::enforce))
        .route_layer(from_fn(rate_limit::time_out))
        .with_state(service.clone())
}
