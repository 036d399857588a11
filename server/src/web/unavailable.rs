//! Responses without a rendered page: the database is unavailable, or the connection is not secure.

use axum::Json;
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};

/// Returns whether the client is a browser that accepts HTML.
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Returns the response when no page can be rendered: plain HTML, or a JSON error for scripts.
pub fn unavailable(headers: &HeaderMap) -> Response {
    let sentence = "The database is not available. Nothing was changed; please try again.";
    let error = app::UiError::new("unavailable", sentence);
    let mut response = plain(headers, StatusCode::SERVICE_UNAVAILABLE, "Not available", error);
    response.headers_mut().insert(header::RETRY_AFTER, http::HeaderValue::from_static("1"));
    response
}

/// Returns the response to a form of a page that was loaded over plain HTTP. `origin` is the public
/// address.
pub fn insecure(headers: &HeaderMap, origin: &str) -> Response {
    let sentence = format!("Open this server at {origin} instead: browsers keep a sign-in over https only.");
    plain(headers, StatusCode::FORBIDDEN, "Not secure", app::UiError::new("insecure", sentence))
}

/// Renders plain HTML for a browser, or the error as JSON for scripts.
fn plain(headers: &HeaderMap, status: StatusCode, title: &str, error: app::UiError) -> Response {
    if !wants_html(headers) {
        return (status, Json(error)).into_response();
    }
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><title>{title}</title><h1>{title}</h1><p>{}</p>",
        error.message
    );
    (status, Html(page)).into_response()
}
