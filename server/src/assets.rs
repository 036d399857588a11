//! Static assets of the dashboard: WebAssembly, its loader, styles, the icon. Embedded in release
//! builds, read from the build folder in debug builds. Compressed at build time and served under a
//! path with the build's hash, so that browsers cache them forever.

use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site"]
#[allow_missing = true]
struct StaticAssets;

/// Returns the folder in URLs: `pkg-` and the build's hash.
#[must_use]
pub fn asset_folder() -> String {
    let hash = StaticAssets::get("hash.txt").and_then(|file| String::from_utf8(file.data.into_owned()).ok());
    format!("pkg-{}", hash.as_deref().map_or("none", str::trim))
}

/// Returns whether the dashboard's files are embedded in this build.
#[must_use]
pub fn are_embedded() -> bool {
    StaticAssets::get("hash.txt").is_some()
}

/// Serves a file in the smallest encoding that the browser accepts.
pub async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let accepts_coding =
        |coding: &str| accepted.split(',').any(|c| c.split(';').next().is_some_and(|c| c.trim() == coding));
    let encodings = [("br", ".br"), ("gzip", ".gz"), ("", "")];
    let found = encodings.iter().filter(|(coding, _)| coding.is_empty() || accepts_coding(coding)).find_map(
        |(coding, suffix)| StaticAssets::get(&format!("pkg/{name}{suffix}")).map(|file| (coding, file)),
    );
    let (Some((coding, file)), Some(media_type)) = (found, content_type(&name)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = Response::new(Body::from(file.data));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    if !coding.is_empty() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

fn content_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "wasm" => Some("application/wasm"),
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}
