//! The shapes of this dialect's bodies, for the OpenAPI document.

#![allow(dead_code, reason = "shapes for the document; bodies are read field by field")]

use utoipa::{IntoParams, ToSchema};

/// A key and a domain.
#[derive(ToSchema)]
pub struct KeyAndDomain {
    /// The license key, whatever its case.
    #[schema(example = "LIC-A3F9-K2M7-P8X1-Q4R6", min_length = 1)]
    license_key: String,
    /// The domain, in any spelling: protocol, path and port are dropped.
    #[schema(example = "myapp.example.com", min_length = 1)]
    domain: String,
}

/// The same in a query.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KeyAndDomainQuery {
    /// The license key, whatever its case.
    #[param(example = "LIC-A3F9-K2M7-P8X1-Q4R6", min_length = 1)]
    license_key: String,
    /// The domain, in any spelling.
    #[param(example = "myapp.example.com", min_length = 1)]
    domain: String,
}

/// A key in a query.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KeyQuery {
    /// The license key, whatever its case.
    #[param(example = "LIC-A3F9-K2M7-P8X1-Q4R6", min_length = 1)]
    license_key: String,
}

/// Success of activate and of deactivate.
#[derive(ToSchema)]
#[allow(clippy::struct_field_names, reason = "the contract's names")]
pub struct DeactivateResponse {
    /// True.
    success: bool,
    /// A sentence for people.
    message: String,
    /// The domain in its normalised spelling.
    domain: String,
    /// The key.
    license_key: String,
}

/// Why a request got no success.
#[derive(ToSchema)]
pub struct ErrorResponse {
    /// False.
    success: bool,
    /// A word for programs.
    #[schema(example = "domain_limit_reached")]
    error: String,
    /// A sentence for people.
    message: String,
    /// What is wrong, by field.
    #[schema(required = false)]
    errors: Option<std::collections::HashMap<String, Vec<String>>>,
    /// What a failure of ours is logged under.
    #[schema(required = false)]
    request_id: Option<String>,
    /// False; on verify alone.
    #[schema(required = false)]
    valid: Option<bool>,
}

/// What verify says.
#[derive(ToSchema)]
pub struct VerifyResponse {
    /// Whether the license holds on the domain.
    valid: bool,
    /// Why not: `invalid_domain`, `suspended`, `revoked` or `expired`.
    #[schema(required = false)]
    error: Option<String>,
    /// The license, where it holds.
    #[schema(required = false)]
    license: Option<VerifiedLicense>,
}

/// A license that holds.
#[derive(ToSchema)]
pub struct VerifiedLicense {
    /// When its time is up, RFC 3339 in UTC; null is never.
    expires_at: Option<String>,
}

/// What verify says of an unknown key, or of a path that is none.
#[derive(ToSchema)]
pub struct VerifyNotFound {
    /// False.
    valid: bool,
    /// `invalid_key`.
    error: String,
}
