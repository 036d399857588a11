//! Responses without a rendered page: the database is unavailable, or the connection is not secure.

use axum::Json;
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use leptos::prelude::*;

use super::cookie;
use crate::assets;

/// The policy of these pages: the style sheet and the icon.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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
    let way_on = WayOn { href: "/", label: "Go to the overview" };
    let mut response = plain(headers, StatusCode::SERVICE_UNAVAILABLE, "Not available", error, &way_on);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Returns the response to a form of a page that was loaded over plain HTTP. `origin` is the public
/// address.
pub fn insecure(headers: &HeaderMap, origin: &str) -> Response {
    let sentence = format!("Open this server at {origin} instead: browsers keep a sign-in over https only.");
    let error = app::UiError::new("insecure", sentence);
    let way_on = WayOn { href: origin, label: "Open the secure address" };
    plain(headers, StatusCode::FORBIDDEN, "Not secure", error, &way_on)
}

/// The link that leads on.
struct WayOn<'a> {
    href: &'a str,
    label: &'static str,
}

/// Renders plain HTML for a browser, or the error as JSON for scripts.
fn plain(
    headers: &HeaderMap,
    status: StatusCode,
    title: &'static str,
    error: app::UiError,
    way_on: &WayOn<'_>,
) -> Response {
    if !wants_html(headers) {
        return (status, Json(error)).into_response();
    }
    let pkg = format!("/{}", assets::asset_folder());
    let theme = cookie::get(headers, "theme").filter(|theme| matches!(theme.as_str(), "light" | "dark"));
    let page = view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href=format!("{pkg}/countersign.css")/>
                <link rel="icon" type="image/svg+xml" href=format!("{pkg}/icon.svg")/>
                // A fixed text; Leptos does not escape a title.
                <title>{format!("{title} · Countersign")}</title>
            </head>
            <body>
                <main class="auth-page">
                    <p class="brand">"Countersign"</p>
                    <h1>{title}</h1>
                    <p>{error.message}</p>
                    <a class="button button-primary" href=way_on.href.to_owned()>{way_on.label}</a>
                </main>
            </body>
        </html>
    };
    let mut response = (status, Html(page.to_html())).into_response();
    let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}
