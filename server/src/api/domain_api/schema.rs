//! Request and response schemas of the domain API, for the OpenAPI document.

#![allow(dead_code, reason = "schemas of the document; extract.rs parses the parameters")]

use utoipa::{IntoParams, IntoResponses, ToSchema};

/// A license key and a domain.
#[derive(ToSchema)]
pub struct KeyAndDomain {
    /// The license key, in upper or lower case.
    #[schema(example = "LIC-A3F9-K2M7-P8X1-Q4R6", min_length = 1)]
    license_key: String,
    /// The domain. The server drops scheme, path and port.
    #[schema(example = "myapp.example.com", min_length = 1)]
    domain: String,
}

/// A license key and a domain in a query string.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KeyAndDomainQuery {
    /// The license key, in upper or lower case.
    #[param(example = "LIC-A3F9-K2M7-P8X1-Q4R6", min_length = 1)]
    license_key: String,
    /// The domain. The server drops scheme, path and port.
    #[param(example = "myapp.example.com", min_length = 1)]
    domain: String,
}

/// A license key in a query string.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KeyQuery {
    /// The license key, in upper or lower case.
    #[param(example = "LIC-A3F9-K2M7-P8X1-Q4R6", min_length = 1)]
    license_key: String,
}

/// An error of the domain API.
#[derive(ToSchema)]
pub struct ErrorResponse {
    /// Always `false`.
    success: bool,
    /// Machine-readable error code.
    #[schema(example = "domain_limit_reached")]
    error: String,
    /// A sentence for people.
    message: String,
    /// Error messages by field.
    #[schema(required = false)]
    errors: Option<std::collections::HashMap<String, Vec<String>>>,
    /// The request id under which the server logged an internal error.
    #[schema(required = false)]
    request_id: Option<String>,
    /// Always `false`. Only `/verify` sends it.
    #[schema(required = false)]
    valid: Option<bool>,
}

/// The response of verify.
#[derive(ToSchema)]
pub struct VerifyResponse {
    /// True if the license is valid on the domain.
    valid: bool,
    /// The reason if it is not valid: `invalid_domain`, `suspended`, `revoked` or `expired`.
    #[schema(required = false)]
    error: Option<String>,
    /// The license, if it is valid.
    #[schema(required = false)]
    license: Option<VerifiedLicense>,
}

/// A valid license.
#[derive(ToSchema)]
pub struct VerifiedLicense {
    /// Expiry in RFC 3339, UTC; null if the license never expires.
    expires_at: Option<String>,
}

/// The response of verify to an unknown license key.
#[derive(ToSchema)]
pub struct VerifyNotFound {
    /// Always `false`.
    valid: bool,
    /// `invalid_key`.
    error: String,
}

/// Errors of every endpoint that reads a body.
#[derive(IntoResponses)]
pub enum BodyErrors {
    /// `invalid_json`
    #[response(status = 400)]
    InvalidJson(ErrorResponse),
    /// The body did not arrive within 8 seconds.
    #[response(status = 408)]
    Timeout(ErrorResponse),
    /// The body is larger than 64 KiB.
    #[response(status = 413)]
    TooLarge(ErrorResponse),
}

/// The error of a client above its rate limit.
#[derive(IntoResponses)]
pub enum RateLimited {
    /// The client exceeded the limit of requests per minute.
    #[response(status = 429)]
    RateLimited(ErrorResponse),
}
