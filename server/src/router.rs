//! All routes. Around them lies [`Front`]: every request has its name and its client
//! before a route sees it.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use service::Service;

use crate::api::licensing::{Hot, Limits};
use crate::config::Settings;
use crate::front::Front;
use crate::{api, assets, docs, health, web};

/// The whole server.
pub fn router(service: &Service, settings: &Settings) -> Front {
    let limits = Arc::new(Limits::new(settings.rate_limits, settings.rate_limit));
    let router = Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready).with_state(service.clone()))
        .route(&format!("/{}/{{file}}", assets::folder()), get(assets::serve))
        .merge(api::licensing::routes(service, &limits))
        .merge(api::v3::routes(service, settings.rate_limits))
        .route("/openapi.json", get(api::openapi::serve))
        .merge(docs::routes())
        .route("/.well-known/jwks.json", get(api::jwks::jwks).with_state(service.clone()))
        .merge(web::routes(service, settings));
    Front::new(router, Hot::new(service, &limits), &settings.trusted_proxies)
}
