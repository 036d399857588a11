//! `GET /.well-known/jwks.json`: the public keys that verify activation tokens.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use service::{Service, signing};
use utoipa::ToSchema;

use crate::middleware::request_id::RequestId;

/// A public key (RFC 7517).
#[derive(ToSchema)]
#[allow(dead_code, reason = "a schema of the document")]
pub(super) struct Jwk {
    /// `RSA`.
    kty: String,
    /// `sig`.
    r#use: String,
    /// `RS256`.
    alg: String,
    /// The JWK thumbprint (RFC 7638). Tokens carry it in their header.
    kid: String,
    /// The modulus.
    n: String,
    /// The exponent.
    e: String,
}

/// A set of keys.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a schema of the document")]
pub(super) struct JwkSet {
    /// The keys, the latest first.
    keys: Vec<Jwk>,
}

/// Public keys
///
/// The public keys that verify activation tokens, as a JWK set (RFC 7517, section 5).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "Keys", operation_id = "jwks",
    responses((status = 200, description = "The keys.", body = JwkSet)))]
pub async fn jwks(State(service): State<Service>, RequestId(id): RequestId) -> Response {
    match signing::public_keys(&service).await {
        Ok(keys) => {
            let mut response = Json(json!({ "keys": keys })).into_response();
            let headers = response.headers_mut();
            // A product signs with a rotated key immediately, so that caches must revalidate.
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            response
        }
        Err(error) => {
            tracing::error!(reference = %id, %error, "the signing keys could not be read");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "keys": [] }))).into_response()
        }
    }
}
