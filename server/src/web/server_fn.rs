//! Server functions, to which forms post. A form gets a redirect: to the function's target, or back to its
//! page with its outcome and input in the flash cookie.

use std::collections::BTreeMap;

use app::{Flash, UiError};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Extension, Json};
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use leptos::prelude::provide_context;
use tower_sessions::Session;

use super::back_path::back_path;
use super::current_member::CurrentMember;
use super::state::WebState;
use super::unavailable::wants_html;
use super::{flash, render};
use crate::api::body::{self, BodyError};
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

/// The fields of a successful form that the next page may need: the id of the changed object, the license and the
/// name of a freed domain, and limits that a product's page offers to apply to existing licenses.
const KEPT_FIELDS: [&str; 7] =
    ["id", "license", "domain", "domain_limit", "domain_limit_was", "machine_limit", "machine_limit_was"];

/// Handles a call of the server function at this path.
pub async fn handle(
    State(web): State<WebState>,
    session: Session,
    Extension(member): Extension<CurrentMember>,
    Extension(id): Extension<RequestId>,
    client: Option<Extension<ClientIp>>,
    request: Request,
) -> Response {
    let context = render::request_context(
        &web,
        session.clone(),
        member,
        id,
        client.map(|c| c.0),
        request.headers(),
        None,
    );
    let (mut parts, body) = request.into_parts();
    let (path, is_form) = (parts.uri.path().to_owned(), wants_html(&parts.headers));
    let back = back_path(&parts.headers);
    let bytes = match body::read_body_to_end(body).await {
        Ok(bytes) => bytes,
        // The page says so. The input is lost, because it fits into no cookie.
        Err(BodyError::TooLarge) if is_form => {
            return to_redirect(&web, &session, too_large(), path, &back, b"").await;
        }
        Err(BodyError::TooLarge) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(BodyError::TooSlow) => return StatusCode::REQUEST_TIMEOUT.into_response(),
        Err(BodyError::Broken) => return StatusCode::BAD_REQUEST.into_response(),
    };
    if leptos::server_fn::axum::get_server_fn_service(parts.uri.path(), Method::POST).is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    if is_form {
        // Without this header Leptos would put the error into the URL. With it, the response is the
        // error or a redirect header.
        parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    }
    let request = Request::from_parts(parts, Body::from(bytes.clone()));
    let call = leptos_axum::handle_server_fns_with_context(move || provide_context(context.clone()), request);
    let response = refuse_incomplete_form(call.await.into_response()).await;
    if is_form { to_redirect(&web, &session, response, path, &back, &bytes).await } else { response }
}

/// The error of a form that is too large.
fn too_large() -> Response {
    let message = "This is too large to be sent: a form holds 64 KiB. Please shorten it, and try again.";
    (StatusCode::PAYLOAD_TOO_LARGE, Json(UiError::new("too_large", message))).into_response()
}

/// Leptos answers arguments that it cannot parse with status 500. They are the client's fault.
async fn refuse_incomplete_form(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    if serde_json::from_slice::<UiError>(&bytes).is_ok_and(|error| error.code == "invalid") {
        parts.status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Response::from_parts(parts, Body::from(bytes))
}

async fn to_redirect(
    web: &WebState,
    session: &Session,
    response: Response,
    path: String,
    back: &str,
    form: &[u8],
) -> Response {
    let (parts, body) = response.into_parts();
    let failed = parts.status.is_client_error() || parts.status.is_server_error();
    let location = parts.headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).filter(|_| !failed);
    let mut redirect = Redirect::to(location.unwrap_or(back)).into_response();
    for cookie in parts.headers.get_all(header::SET_COOKIE) {
        redirect.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    let outcome = if failed {
        let text = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let error = serde_json::from_slice(&text)
            .unwrap_or_else(|_| UiError::new("internal", "Something went wrong. Please try again."));
        let values: BTreeMap<String, String> = url::form_urlencoded::parse(form).into_owned().collect();
        Some(Flash { path, error: Some(error), values })
    } else {
        // A function that leads to another page needs no other sign of its success.
        location.is_none().then(|| Flash { path, error: None, values: kept_fields(form) })
    };
    let cookie = outcome.and_then(|flash| flash::cookie(&web.service, session, flash, web.is_https()));
    if let Some(cookie) = cookie {
        redirect.headers_mut().append(header::SET_COOKIE, cookie);
    }
    redirect
}

/// Returns the fields of a successful form with which the next page can offer to undo or to continue it.
fn kept_fields(form: &[u8]) -> BTreeMap<String, String> {
    let is_kept = |name: &str| KEPT_FIELDS.contains(&name);
    url::form_urlencoded::parse(form).into_owned().filter(|(name, _)| is_kept(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flash_of_a_success_keeps_no_other_input() {
        let kept = kept_fields(b"id=7&reason=late&domain_limit=5&domain_limit_was=%3D1&password=x");
        let expected = [("domain_limit", "5"), ("domain_limit_was", "=1"), ("id", "7")];
        assert!(kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(expected), "{kept:?}");
    }
}
