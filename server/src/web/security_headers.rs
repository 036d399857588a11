//! Security headers. Pages set their own content security policy, which carries their nonce.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::compression::is_secret;

const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// The policy of responses without their own: the browser may load nothing.
const STRICT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'";

/// Sets the security headers.
pub async fn set_security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(STRICT_POLICY));
    // Responses to members must not be cached. Those with a secret must not be compressed by a proxy either.
    let is_secret = |value: &HeaderValue| value.to_str().is_ok_and(is_secret);
    let is_secret = headers.get(header::CACHE_CONTROL).is_some_and(is_secret);
    let cache_control = if is_secret { "no-store, no-transform" } else { "no-store" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache_control));
    response
}

/// Sets the headers of every response, also of APIs and files: the declared type is the type, a
/// browser may load nothing, and it must use https from now on if the public address does (RFC 6797).
pub async fn set_common_headers(State(is_https): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    insert_common_headers(response.headers_mut(), is_https);
    response
}

/// Inserts the headers of [`set_common_headers`].
pub fn insert_common_headers(headers: &mut HeaderMap, is_https: bool) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(STRICT_POLICY));
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
