//! The dashboard: Leptos pages and server functions with sessions, CSRF checks and security
//! headers.

mod audit_export;
mod back_path;
pub(crate) mod compression;
mod cookie;
mod current_member;
mod download;
mod export;
mod flash;
mod hydration_marks;
mod import;
mod language;
mod live;
mod live_limit;
mod live_pace;
mod live_request;
mod render;
mod require_sign_in;
pub(crate) mod security_headers;
mod server_fn;
mod session_store;
mod state;
mod unavailable;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use http::header;
use leptos::config::LeptosOptions;
use service::Service;
use tower_http::csrf::CsrfLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

use crate::assets;
use crate::config::Config;
use session_store::DbSessionStore;
use state::WebState;

/// Idle timeout of a session in hours.
const IDLE_HOURS: i64 = 24;

/// Accepts requests whose origin is the public address, also behind a proxy that rewrites `Host`.
fn csrf(settings: &Config) -> CsrfLayer {
    CsrfLayer::new().add_trusted_origin(settings.origin()).unwrap_or_default()
}

/// The prefix makes browsers refuse the cookie from another host, another path or plain HTTP
/// (RFC 6265bis, section 4.1.3.2).
fn session_cookie_name(settings: &Config) -> &'static str {
    if settings.is_https() { "__Host-countersign_session" } else { "countersign_session" }
}

/// Refuses forms of pages that were loaded over plain HTTP, if the public address is https: the
/// browser would not keep the secure cookies of the sign-in. [`CsrfLayer`] compares hosts without the
/// scheme if the browser sends no `Sec-Fetch-Site`.
async fn refuse_insecure_origin(State(web): State<WebState>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
    if web.is_https()
        && !request.method().is_safe()
        && origin.is_some_and(|origin| origin.starts_with("http:"))
    {
        return unavailable::insecure(request.headers(), &web.origin);
    }
    next.run(request).await
}

/// Returns the routes of pages, for every path without another route, and of server functions.
pub fn routes(service: &Service, settings: &Config) -> Router {
    service.set_settings(settings.named_values());
    service.set_sign_up(settings.sign_up);
    // Leptos spawns tasks on this executor. A second router of the process reuses it.
    let _ = any_spawner::Executor::init_tokio();
    let web = WebState {
        service: service.clone(),
        leptos: LeptosOptions::builder()
            .output_name("countersign")
            .site_pkg_dir(assets::asset_folder())
            .build(),
        origin: settings.origin().into(),
        is_set_up: Arc::default(),
        streams: Arc::default(),
    };
    let sessions = SessionManagerLayer::new(DbSessionStore::new(service.clone()))
        .with_name(session_cookie_name(settings))
        .with_secure(settings.is_https())
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(time::Duration::hours(IDLE_HOURS)));
    Router::new()
        .route("/_fn/{name}", post(server_fn::handle))
        .route("/customers/{id}/export.json", get(download::customer))
        .route("/licenses/issued.csv", get(download::issued_licenses))
        .route("/licenses/export.csv", get(export::licenses_csv))
        .route("/audit/export.csv", get(audit_export::audit_csv))
        .route(live_request::STREAM_PATH, get(live::stream))
        .route(app::IMPORT_PATH, post(import::upload))
        .route("/licenses/imports/{id}/faults.csv", get(import::faults_csv))
        .fallback(any(render::render_page))
        .with_state(web.clone())
        // Innermost: redirects anonymous browsers to the sign-in or the set-up.
        .layer(from_fn_with_state(web.clone(), require_sign_in::require_sign_in))
        // Loads the signed-in member for all layers below.
        .layer(from_fn_with_state(web.clone(), current_member::load))
        // The session of the cookie.
        .layer(sessions)
        // CSRF: no other site may change state.
        .layer(csrf(settings))
        .layer(from_fn_with_state(web, refuse_insecure_origin))
        // Sees the marks of pages with a secret, which the next layer keeps.
        .layer(compression::compression())
        .layer(from_fn(compression::only_for_own_requests))
        // Outermost: security headers, also on error responses.
        .layer(from_fn(security_headers::set_security_headers))
}
