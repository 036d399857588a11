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
mod metadata;
mod middleware;
mod not_offered;
pub mod organization;
pub mod path;
mod product;
mod property_change;
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
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use service::Service;

use crate::config::Config;
pub(super) use document::document;
use middleware::Gate;

/// Returns the routes of the resources, without `/v3`. Each resource exports its own.
fn resources() -> Router<Service> {
    Router::new()
        .merge(accounts::routes())
        .merge(activation::routes())
        .merge(activation_log::routes())
        .merge(event_log::routes())
        .merge(license::routes())
        .merge(license_template::routes())
        .merge(me::routes())
        .merge(organization::routes())
        .merge(product::routes())
        .merge(tag::routes())
        .merge(tokens::routes())
        .merge(trial_activation::routes())
        .merge(trial_policy::routes())
        .merge(user::routes())
        .merge(webhook::routes())
}

/// Returns the routes of what can only be read. Their other methods are not found (management API contract, 2.12).
fn fixed() -> Router<Service> {
    Router::new().merge(not_offered::routes()).merge(roles::routes())
}

/// Lets requests reach the handlers of routes through [`middleware::run`] alone. A method that a path lacks is
/// answered by `otherwise`, before rights and idempotency keys are looked at.
fn guarded<H, T>(routes: Router<Service>, gate: &Arc<Gate>, otherwise: H) -> Router<Service>
where
    H: Handler<T, Service>,
    T: 'static,
{
    // A layer wraps the answers to other methods too. They are replaced after it, and so are outside of it.
    let layer = from_fn_with_state(Arc::clone(gate), middleware::run);
    routes.route_layer(layer).method_not_allowed_fallback(otherwise)
}

/// Returns the routes, without `/v3` and without an answer to unknown paths.
pub(super) fn routes(service: &Service, settings: &Config) -> Router {
    let gate = Arc::new(Gate::new(service, settings));
    guarded(resources(), &gate, error::method_not_allowed)
        .merge(guarded(fixed(), &gate, error::not_found))
        .layer(from_fn_with_state(gate, middleware::admit))
        .with_state(service.clone())
}
