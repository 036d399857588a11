//! Rendering pages.

use app::ctx::{HAND_OVER, PARTS};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse as _, Response};
use axum::{Extension, Json};
use domain::rate::client_of;
use http::{HeaderMap, Method, StatusCode, header};
use leptos::prelude::provide_context;
use tower_sessions::Session;

use super::who::Who;
use super::{Web, cookie, flash};
use crate::api::licensing;
use crate::middleware::client::Client;
use crate::middleware::request_id::RequestId;

/// Whether the sender is a browser that wants a page.
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Whether a request is for a page: a browser's read, and of no API path.
pub fn wants_page(request: &Request) -> bool {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_api = ["/api/", "/v3/"].iter().any(|api| request.uri().path().starts_with(api));
    is_read && !is_api && wants_html(request.headers())
}

/// Renders the page at this path. Whoever asks for no HTML meant the API, and is
/// told in its way that there is nothing here.
pub async fn page(
    State(web): State<Web>,
    session: Session,
    Extension(who): Extension<Who>,
    Extension(id): Extension<RequestId>,
    client: Option<Extension<Client>>,
    request: Request<Body>,
) -> Response {
    if !wants_page(&request) {
        return licensing::not_found().await;
    }
    let flash = flash::of(&web.service, request.headers());
    let came_back = flash.is_some();
    let context = context(&web, session, who, id, client.map(|c| c.0), request.headers(), flash);
    let options = web.leptos.clone();
    let render = leptos_axum::render_app_async_with_context(
        move || provide_context(context.clone()),
        move || app::shell(options.clone()),
    );
    let mut response = render(request).await;
    if came_back {
        response.headers_mut().append(header::SET_COOKIE, flash::clear());
    }
    response
}

/// What a rendering or a call is handed.
pub fn context(
    web: &Web,
    session: Session,
    who: Who,
    id: RequestId,
    client: Option<Client>,
    headers: &HeaderMap,
    flash: Option<app::Flash>,
) -> app::ctx::Request {
    app::ctx::Request {
        service: web.service.clone(),
        member: who.0,
        session,
        client: client.map(|c| client_of(c.0).to_string()),
        id: id.0,
        flash: flash.map(Into::into),
        handed_over: handed_over(headers),
        theme: match cookie::get(headers, "theme").as_deref() {
            Some("light") => Some("light"),
            Some("dark") => Some("dark"),
            _ => None,
        },
        origin: web.origin.to_string(),
    }
}

/// For when not even a page can be rendered: a plain one, or the error that the
/// hydrated page reads.
pub fn unavailable(headers: &HeaderMap) -> Response {
    let sentence = "The database is not available just now. Nothing was changed; please try again.";
    let mut response = if wants_html(headers) {
        let page = format!(
            "<!DOCTYPE html><html lang=\"en\"><title>Not available</title><h1>Not available just now</h1><p>{sentence}</p>"
        );
        (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(app::UiError::new("unavailable", sentence))).into_response()
    };
    response.headers_mut().insert(header::RETRY_AFTER, http::HeaderValue::from_static("1"));
    response
}

/// The parts of what the call before handed over, as one.
fn handed_over(headers: &HeaderMap) -> Option<String> {
    let parts: Vec<String> =
        (0..PARTS).map_while(|n| cookie::get(headers, &format!("{HAND_OVER}{n}"))).collect();
    (!parts.is_empty()).then(|| parts.concat())
}
