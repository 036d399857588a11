//! Rendering of pages.

use std::time::Duration;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use domain::rate_limit::rate_limit_key;
use domain::user_agent;
use http::{HeaderMap, Method, StatusCode, header};
use leptos::prelude::provide_context;
use service::NoticeKind;
use tower_sessions::Session;

use super::current_member::CurrentMember;
use super::language::texts;
use super::state::WebState;
use super::unavailable::{too_slow, wants_html};
use super::{cookie, flash, hydration_marks, live_request};
use crate::api::domain_api;
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

/// Longest rendering of a page, which waits for the database.
const RENDER_TIMEOUT: Duration = Duration::from_secs(30);

/// Returns whether a request is for a page: a GET of a browser outside the API paths.
pub fn wants_page(request: &Request) -> bool {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_api = ["/api/", "/v3/"].iter().any(|api| request.uri().path().starts_with(api));
    is_read && !is_api && wants_html(request.headers())
}

/// Renders the page at this path. A client that does not accept HTML gets the API's 404.
pub async fn render_page(
    State(web): State<WebState>,
    session: Session,
    Extension(member): Extension<CurrentMember>,
    Extension(id): Extension<RequestId>,
    client: Option<Extension<ClientIp>>,
    request: Request<Body>,
) -> Response {
    if !wants_page(&request) {
        return domain_api::not_found().await;
    }
    if member.member.is_some() {
        report_other_address(&web, request.headers());
    }
    let is_live = live_request::is_live(&request);
    let flash = (!is_live).then(|| flash::read(&web.service, &session, request.headers())).flatten();
    let has_flash = flash.is_some();
    let reference = id.0.clone();
    let context = request_context(&web, session, member, id, client.map(|c| c.0), request.headers(), flash);
    let options = web.leptos.clone();
    let render = leptos_axum::render_app_async_with_context(
        move || provide_context(context.clone()),
        move || app::shell(&options),
    );
    let (headers, path) = (request.headers().clone(), request.uri().path().to_owned());
    let Ok(mut response) = tokio::time::timeout(RENDER_TIMEOUT, render(request)).await else {
        // The path of a mailed link holds a token.
        let page = path.split('/').nth(1).unwrap_or_default();
        tracing::error!(request_id = reference, page, "page rendering timed out");
        return too_slow(&headers);
    };
    response = without_marks(response).await;
    if has_flash && let Some(cookie) = flash::clear(web.is_https()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Returns a rendered page without the marks that only islands need. Its body is one text already.
async fn without_marks(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let page = match to_bytes(body, usize::MAX).await {
        Ok(page) => page,
        Err(error) => {
            tracing::error!(%error, "rendered page could not be read");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let body = match std::str::from_utf8(&page) {
        Ok(text) => Body::from(hydration_marks::remove(text)),
        Err(_) => Body::from(page),
    };
    Response::from_parts(parts, body)
}

/// Tells the operator that members use another address than the public one, whose cookies and links
/// then do not fit.
fn report_other_address(web: &WebState, headers: &HeaderMap) {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return };
    let public = web.origin.split_once("://").map_or("", |(_, host)| host);
    // An operator at the machine itself knows its address.
    let is_local = ["localhost", "127.", "[::1]"].iter().any(|local| host.starts_with(local));
    if !is_local && !host.eq_ignore_ascii_case(public) {
        web.service.notices().add(NoticeKind::PublicUrl, || {
            format!(
                "Members open this server at {host}, but its public address is {}. Set COUNTERSIGN_PUBLIC_URL to the \
                 address that they use.",
                web.origin
            )
        });
    }
}

/// Returns the context of a page rendering or a server function call.
pub fn request_context(
    web: &WebState,
    session: Session,
    member: CurrentMember,
    id: RequestId,
    client: Option<ClientIp>,
    headers: &HeaderMap,
    flash: Option<app::Flash>,
) -> app::context::RequestContext {
    app::context::RequestContext {
        service: web.service.clone(),
        member: member.member,
        restricted: member.restricted,
        suspended: member.suspended,
        session,
        client: client.map(|c| rate_limit_key(c.0).to_string()),
        ip: client.map(|c| c.0.to_string()),
        device_cookie: cookie::get(headers, app::context::device_cookie_name(web.is_https())),
        user_agent: headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .map(|value| user_agent::shorten(value).to_owned()),
        id: id.0,
        flash: flash.map(Into::into),
        theme: match cookie::get(headers, "theme").as_deref() {
            Some("light") => Some("light"),
            Some("dark") => Some("dark"),
            _ => None,
        },
        origin: web.origin.to_string(),
        customer_cookie: cookie::get(headers, app::context::customer_cookie_name(web.is_https())),
        texts: texts(web, headers),
    }
}
