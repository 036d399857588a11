//! All routes, and the layers around them.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use service::Service;

use crate::api::licensing::{Front, Limits};
use crate::config::Settings;
use crate::middleware::{client, request_id};
use crate::{api, assets, docs, health, web};

/// The whole server.
pub fn router(service: &Service, settings: &Settings) -> Front {
    let proxies: Arc<[ipnet::IpNet]> = settings.trusted_proxies.clone().into();
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
        .merge(web::routes(service, settings))
        // Inner: who is asking. Rate limits and sign-in count by it.
        .layer(from_fn_with_state(Arc::clone(&proxies), client::identify))
        // Outermost: every answer has its name, also those of the layers below.
        .layer(from_fn(request_id::name));
    Front::new(router, service, &limits, &proxies)
}
