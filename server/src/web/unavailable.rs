//! Responses without a rendered page: the database is unavailable, or the connection is not secure.

use axum::Json;
use axum::extract::Request;
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use leptos::prelude::*;

use super::back_path::back_path;
use super::cookie;
use super::language::texts;
use super::state::WebState;
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
    let page = PlainPage {
        language: "en".into(),
        brand: Some("Countersign"),
        title: "Not available".into(),
        error: app::UiError::new("unavailable", sentence),
        way_on: WayOn { href: "/".into(), label: "Go to the overview".into() },
    };
    retry_after(page.response(headers, StatusCode::SERVICE_UNAVAILABLE))
}

/// Returns the response to a page that was not rendered in time.
pub fn too_slow(headers: &HeaderMap) -> Response {
    let page = PlainPage {
        language: "en".into(),
        brand: Some("Countersign"),
        title: "Not available".into(),
        error: app::UiError::new("unavailable", "The page took too long. Please load it again."),
        way_on: WayOn { href: "/".into(), label: "Go to the overview".into() },
    };
    retry_after(page.response(headers, StatusCode::SERVICE_UNAVAILABLE))
}

/// Like [`unavailable`]. Requests of the customer's page get its language, and the way back to it.
pub fn unavailable_to(web: &WebState, request: &Request) -> Response {
    let headers = request.headers();
    let path = if request.method().is_safe() { request.uri().path().to_owned() } else { back_path(headers) };
    let path = path.split('?').next().unwrap_or_default();
    if !app::is_customer_page_path(path) {
        return unavailable(headers);
    }
    let texts = texts(web, headers);
    let page = PlainPage {
        language: texts.language().to_owned(),
        // The seller's name is in the database.
        brand: None,
        title: texts.text("error-unavailable-title"),
        error: app::UiError::new("unavailable", texts.text("error-unavailable")),
        way_on: WayOn { href: path.to_owned(), label: texts.text("error-unavailable-retry") },
    };
    retry_after(page.response(headers, StatusCode::SERVICE_UNAVAILABLE))
}

fn retry_after(mut response: Response) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Returns the response to a form of a page that was loaded over plain HTTP. `origin` is the public
/// address.
pub fn insecure(headers: &HeaderMap, origin: &str) -> Response {
    let sentence = format!("Open this server at {origin} instead: browsers keep a sign-in over https only.");
    let page = PlainPage {
        language: "en".into(),
        brand: Some("Countersign"),
        title: "Not secure".into(),
        error: app::UiError::new("insecure", sentence),
        way_on: WayOn { href: origin.to_owned(), label: "Open the secure address".into() },
    };
    page.response(headers, StatusCode::FORBIDDEN)
}

/// The link that leads on.
struct WayOn {
    href: String,
    label: String,
}

/// A page without data.
struct PlainPage {
    language: String,
    brand: Option<&'static str>,
    title: String,
    error: app::UiError,
    way_on: WayOn,
}

impl PlainPage {
    /// Renders plain HTML for a browser, or the error as JSON for scripts.
    fn response(self, headers: &HeaderMap, status: StatusCode) -> Response {
        let Self { language, brand, title, error, way_on } = self;
        if !wants_html(headers) {
            return (status, Json(error)).into_response();
        }
        let pkg = format!("/{}", assets::asset_folder());
        let theme = cookie::get(headers, "theme").filter(|theme| matches!(theme.as_str(), "light" | "dark"));
        // Leptos does not escape a title, and an operator may have texts of its own.
        let full_title = title.replace(['<', '&'], "");
        let full_title = brand.map_or_else(|| full_title.clone(), |brand| format!("{full_title} · {brand}"));
        let brand = brand.map(|brand| view! { <p class="brand">{brand}</p> });
        let page = view! {
            <!DOCTYPE html>
            <html lang=language data-theme=theme>
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <link rel="stylesheet" href=format!("{pkg}/countersign.css")/>
                    <link rel="icon" type="image/svg+xml" href=format!("{pkg}/icon.svg")/>
                    <title>{full_title}</title>
                </head>
                <body>
                    <main class="auth-page">
                        {brand}
                        <h1>{title}</h1>
                        <p>{error.message}</p>
                        <a class="button button-primary" href=way_on.href>{way_on.label}</a>
                    </main>
                </body>
            </html>
        };
        let mut response = (status, Html(page.to_html())).into_response();
        let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }
}
