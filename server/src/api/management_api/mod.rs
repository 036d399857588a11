//! The management API under `/v3` with a bearer token: what a seller's own systems, payment integrations and
//! published clients call (management API contract).

pub mod access;
mod accounts;
pub mod answer;
pub mod body;
pub mod error;
mod filter;
mod idempotency;
mod json;
pub mod list;
mod me;
mod middleware;
mod not_offered;
pub mod path;
pub mod query;
mod rate_limit;
mod roles;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use service::Service;

use crate::config::Config;
pub(super) use access::bearer_token;
use middleware::Gate;

/// Returns the routes of all resources, without `/v3`. Each resource exports its own.
fn resources() -> Router<Service> {
    Router::new()
        .merge(accounts::routes())
        .merge(me::routes())
        .merge(not_offered::routes())
        .merge(roles::routes())
        .merge(tokens::routes())
}

/// Returns the routes, without `/v3` and without an answer to unknown paths.
pub(super) fn routes(service: &Service, settings: &Config) -> Router {
    let gate = Arc::new(Gate::new(service, settings));
    resources()
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(gate, middleware::admit))
        .with_state(service.clone())
}
