//! The response when the database is unavailable.

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

/// Returns the response when no page can be rendered: plain HTML, or a JSON error for the hydrated
/// page.
pub fn unavailable(headers: &HeaderMap) -> Response {
    let sentence = "The database is not available. Nothing was changed; please try again.";
    let mut response = if wants_html(headers) {
        let page = format!(
            "<!DOCTYPE html><html lang=\"en\"><title>Not available</title><h1>Not available</h1><p>{sentence}</p>"
        );
        (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(app::UiError::new("unavailable", sentence))).into_response()
    };
    response.headers_mut().insert(header::RETRY_AFTER, http::HeaderValue::from_static("1"));
    response
}
