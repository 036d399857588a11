//! The router of all routes. [`HttpService`] wraps it and adds the request id and the client
//! address.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use service::Service;

use crate::acme::{self, ChallengeAnswers};
use crate::api::domain_api::{RateLimitState, VerifyFastPath};
use crate::config::Config;
use crate::http_service::HttpService;
use crate::metrics::route;
use crate::web::compression::compression;
use crate::web::security_headers::set_common_headers;
use crate::{api, assets, brand, docs, health, web};

/// Returns the routes of public documents. They hold no secret and are compressed for every client.
fn documents(settings: &Config) -> Router {
    Router::new()
        .route("/openapi.json", get(api::openapi::serve))
        .merge(docs::routes(&settings.origin()))
        .layer(compression())
}

/// Returns the route of challenges, if the server orders its certificate.
fn challenges(service: &Service, settings: &Config) -> Router {
    settings.acme().map(|_| acme::routes(ChallengeAnswers::new(service))).unwrap_or_default()
}

/// Returns the whole HTTP service.
pub fn router(service: &Service, settings: &Config) -> HttpService {
    service.limit_share().set_scope(settings.rate_limit_scope);
    let limits = Arc::new(RateLimitState::new(service, settings.rate_limits, settings.rate_limit));
    let router = Router::new()
        .route("/healthz", get(health::live).with_state(service.clone()))
        .route("/readyz", get(health::ready).with_state(service.clone()))
        .route(&format!("/{}/{{file}}", assets::asset_folder()), get(assets::serve))
        .merge(api::domain_api::routes(service, &limits))
        .merge(api::v3::routes(service, settings))
        .merge(api::purchase_hooks::routes(service, settings.rate_limits))
        .merge(documents(settings))
        .route("/manage/{seller}/brand.css", get(brand::style_sheet).with_state(service.clone()))
        .route("/.well-known/jwks.json", get(api::jwks::jwks).with_state(service.clone()))
        .route("/.well-known/jwks/{product}", get(api::jwks::product_jwks).with_state(service.clone()))
        .merge(challenges(service, settings))
        .merge(web::routes(service, settings))
        .layer(from_fn_with_state(settings.is_https(), set_common_headers));
    HttpService::new(
        service,
        route::noted(router, settings.observes_requests()),
        VerifyFastPath::new(service, &limits, settings.is_https()),
        &settings.trusted_proxies,
    )
    .with_metrics(settings.metrics_listen.is_some())
}
