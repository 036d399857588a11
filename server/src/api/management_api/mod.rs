//! The management API under `/v3` with a bearer token: what a seller's own systems, payment integrations and
//! published clients call (management API contract).

pub mod access;
mod accounts;
mod activation;
mod activation_log;
pub mod answer;
pub mod body;
mod content_type;
pub mod csv_export;
mod document;
pub mod error;
mod event_log;
mod filter;
mod idempotency;
mod json;
mod license;
mod license_template;
pub mod list;
mod machine_view;
mod me;
mod middleware;
mod not_offered;
pub mod organization;
pub mod path;
mod product;
pub mod query;
mod rate_limit;
mod roles;
mod rules;
mod tag;
mod tokens;
mod trial_activation;
mod trial_policy;
pub mod user;
pub mod webhook;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use service::Service;

use crate::config::Config;
pub(super) use document::document;
use middleware::Gate;

/// Returns the routes of all resources, without `/v3`. Each resource exports its own.
fn resources() -> Router<Service> {
    Router::new()
        .merge(accounts::routes())
        .merge(activation::routes())
        .merge(activation_log::routes())
        .merge(event_log::routes())
        .merge(license::routes())
        .merge(license_template::routes())
        .merge(me::routes())
        .merge(not_offered::routes())
        .merge(organization::routes())
        .merge(product::routes())
        .merge(roles::routes())
        .merge(tag::routes())
        .merge(tokens::routes())
        .merge(trial_activation::routes())
        .merge(trial_policy::routes())
        .merge(user::routes())
        .merge(webhook::routes())
}

/// Returns the routes, without `/v3` and without an answer to unknown paths.
pub(super) fn routes(service: &Service, settings: &Config) -> Router {
    let gate = Arc::new(Gate::new(service, settings));
    resources()
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(gate, middleware::admit))
        .with_state(service.clone())
}
