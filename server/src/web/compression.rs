//! Compression of pages and of public documents.
//!
//! The size of a compressed page tells whether the page repeats a text of its request. An attacker who sees
//! sizes, and leads a browser to addresses of the attacker's choice, reads a secret of the page that way
//! (BREACH, Black Hat USA 2013). Hence two rules:
//!
//! - A page with a secret is never compressed. It carries `no-transform` (RFC 9111, section 5.2.2.6), which
//!   [`app::context::mark_secret`] sets, so that a proxy does not compress it either.
//! - A page is compressed only for a request of the user or of this site, as `Sec-Fetch-Site` states. A
//!   request of another site, or of a browser that sends no such header, gets the page as it is.
//!
//! Public documents have no secret and skip the second rule. The public API is outside of these layers.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate as _, SizeAbove};

/// The smallest body that is compressed, in bytes: it fits into one packet anyway.
const MIN_BYTES: u64 = 1024;
/// The level of brotli and gzip. Above it, a page of 30 kB costs milliseconds for a few percent.
const LEVEL: i32 = 4;

type IsCompressible = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

/// Returns the layer that compresses HTML and JSON by brotli or gzip. Other media types pass as they are, so
/// that exports and event streams are not buffered.
pub fn compression() -> CompressionLayer<And<SizeAbove, IsCompressible>> {
    CompressionLayer::new()
        .quality(CompressionLevel::Precise(LEVEL))
        .compress_when(SizeAbove::new(MIN_BYTES).and(is_compressible as IsCompressible))
}

fn is_compressible(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default();
    matches!(media_type, "text/html" | "application/json") && !is_secret(text(header::CACHE_CONTROL))
}

/// Returns whether a `Cache-Control` marks a response that holds a secret.
pub fn is_secret(cache_control: &str) -> bool {
    cache_control.split(',').any(|directive| directive.trim() == "no-transform")
}

/// Takes `Accept-Encoding` from a request that neither the user nor this site made.
pub async fn only_for_own_requests(mut request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site").and_then(|site| site.to_str().ok());
    if !matches!(site, Some("same-origin" | "none")) {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::Router;
    use axum::body::{Body, Bytes};
    use axum::routing::get;
    use futures_util::{StreamExt as _, stream};
    use http::{HeaderValue, Request};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    fn is_compressed(media_type: &'static str, cache_control: &'static str) -> bool {
        let headers = HeaderMap::from_iter([
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (header::CACHE_CONTROL, HeaderValue::from_static(cache_control)),
        ]);
        is_compressible(StatusCode::OK, Version::HTTP_11, &headers, &Extensions::new())
    }

    /// A body that sends a first part and then waits.
    fn stalling() -> Body {
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from(vec![b'x'; 2048]))]);
        Body::from_stream(first.chain(stream::pending()))
    }

    #[tokio::test]
    async fn streams_are_passed_on_at_once() {
        for media_type in ["text/event-stream", "text/csv"] {
            let stream = move || async move { ([(header::CONTENT_TYPE, media_type)], stalling()) };
            let router = Router::new().route("/", get(stream)).layer(compression());
            let request = Request::get("/").header(header::ACCEPT_ENCODING, "br").body(Body::empty());
            let response = router.oneshot(request.expect("a request")).await.expect("a response");
            assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
            let first = response.into_body().frame().await.expect("a frame").expect("data");
            assert_eq!(first.into_data().expect("data").len(), 2048, "{media_type}");
        }
    }

    #[tokio::test]
    async fn compressed_response_is_not_compressed_again() {
        let page = || async {
            ([(header::CONTENT_TYPE, "text/html"), (header::CONTENT_ENCODING, "br")], "x".repeat(2048))
        };
        let router = Router::new().route("/", get(page)).layer(compression());
        let request = Request::get("/").header(header::ACCEPT_ENCODING, "gzip").body(Body::empty());
        let response = router.oneshot(request.expect("a request")).await.expect("a response");
        assert_eq!(response.headers()[header::CONTENT_ENCODING], "br");
        assert_eq!(response.into_body().collect().await.expect("a body").to_bytes().len(), 2048);
    }

    #[test]
    fn pages_and_documents_without_a_secret_are_compressible() {
        assert!(is_compressed("text/html; charset=utf-8", "no-store"));
        assert!(is_compressed("application/json", "no-cache"));
        assert!(!is_compressed("text/html; charset=utf-8", "no-store, no-transform"));
        for streamed in ["text/csv; charset=utf-8", "text/event-stream", "application/octet-stream", ""] {
            assert!(!is_compressed(streamed, "no-store"), "{streamed}");
        }
    }
}
