//! `GET /.well-known/jwks.json` and `GET /.well-known/jwks/{product}`: the public keys that verify
//! activation tokens, of all products and of one.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use domain::ProductId;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use service::signing::PublicKey;
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

/// Public keys of a product
///
/// The public keys that verify the activation tokens of one product, as a JWK set (RFC 7517, section 5).
/// An app that reads this path accepts no token of another product.
#[utoipa::path(get, path = "/.well-known/jwks/{product}", tag = "Keys", operation_id = "productJwks",
    params(("product" = String, Path, description = "The product's id.")),
    responses(
        (status = 200, description = "The keys; none if the product does not exist.", body = JwkSet),
        (status = 503, description = "The database is not available.", body = JwkSet),
    ))]
pub async fn product_jwks(
    State(service): State<Service>,
    RequestId(id): RequestId,
    Path(product): Path<String>,
) -> Response {
    let Ok(product) = product.parse::<ProductId>() else {
        return key_set(&[]);
    };
    match signing::product_public_keys(&service, product).await {
        Ok(keys) => key_set(&keys),
        Err(error) => unavailable(&error, &id),
    }
}

/// Public keys
///
/// The public keys that verify activation tokens of all products, as a JWK set (RFC 7517, section 5).
/// A new key appears within two seconds.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "Keys", operation_id = "jwks",
    responses(
        (status = 200, description = "The keys.", body = JwkSet),
        (status = 503, description = "The database is not available.", body = JwkSet),
    ))]
pub async fn jwks(State(service): State<Service>, RequestId(id): RequestId) -> Response {
    match signing::public_keys(&service).await {
        Ok(keys) => key_set(&keys),
        Err(error) => unavailable(&error, &id),
    }
}

fn key_set(keys: &[PublicKey]) -> Response {
    let mut response = Json(json!({ "keys": keys })).into_response();
    let headers = response.headers_mut();
    // A product signs with a rotated key immediately, so that caches must revalidate.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn unavailable(error: &service::Error, id: &str) -> Response {
    tracing::error!(reference = %id, %error, "JWK set could not be read");
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "keys": [] }))).into_response()
}
