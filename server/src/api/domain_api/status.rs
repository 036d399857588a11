//! `GET /status`.

use axum::Json;
use axum::extract::{RawQuery, State};
use domain::{LicenseKey, Timestamp};
use serde::Serialize;
use service::Service;
use service::activation::{DomainStatus, LicenseStatus, with_resolved_key};
use utoipa::ToSchema;

use super::error::DomainApiError;
use super::extract::FormFields;
use super::schema::{ErrorResponse, KeyQuery, RateLimited};
use crate::middleware::request_id::RequestId;

/// The response of status.
#[derive(Serialize, ToSchema)]
pub struct LicenseStatusResponse {
    success: bool,
    license: License,
}

/// A license.
#[derive(Serialize, ToSchema)]
struct License {
    key: String,
    status: &'static str,
    product: Product,
    /// The most recently activated domain.
    domain: Option<Domain>,
    verification_count: i64,
    last_verified_at: Option<String>,
    expires_at: Option<String>,
    created_at: String,
    // Not part of the domain API contract.
    domains: Vec<Domain>,
    domains_used: u32,
    max_domains: Option<u32>,
}

/// A product.
#[derive(Serialize, ToSchema)]
struct Product {
    id: i64,
    title: String,
    slug: String,
}

/// A domain that a license is active on.
#[derive(Serialize, Clone, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the contract's names")]
struct Domain {
    domain: String,
    activated_at: String,
    verification_count: i64,
    last_verified_at: Option<String>,
}

impl From<DomainStatus> for Domain {
    fn from(status: DomainStatus) -> Self {
        Self {
            domain: status.domain,
            activated_at: status.activated_at.rfc3339(),
            verification_count: status.verification_count,
            last_verified_at: status.last_verified_at.map(Timestamp::rfc3339),
        }
    }
}

/// Show a license
#[utoipa::path(get, path = "/status", tag = "Domain API", operation_id = "licenseStatus",
    params(KeyQuery),
    responses(
        (status = 200, description = "The license and its domains.", body = LicenseStatusResponse),
        (status = 404, description = "`invalid_key`", body = ErrorResponse),
        (status = 422, description = "`validation_error`", body = ErrorResponse),
        RateLimited,
    ))]
pub async fn status(
    State(service): State<Service>,
    id: RequestId,
    RawQuery(query): RawQuery,
) -> Result<Json<LicenseStatusResponse>, DomainApiError> {
    let key = FormFields::from_query(query.as_deref()).key()?;
    let service = &service;
    let status = |key: LicenseKey| async move { service::activation::status(service, &key).await };
    match with_resolved_key(service, key, status).await {
        Ok((Some(status), key)) => {
            Ok(Json(LicenseStatusResponse { success: true, license: license(key.expose(), status) }))
        }
        Ok((None, _)) => Err(DomainApiError::InvalidKey),
        Err(error) => Err(DomainApiError::from_service(&error, &id)),
    }
}

fn license(key: &str, status: LicenseStatus) -> License {
    let domains: Vec<Domain> = status.domains.into_iter().map(Domain::from).collect();
    License {
        key: key.to_owned(),
        status: status.standing.as_str(),
        product: Product { id: status.product_number, title: status.product_name, slug: status.product_slug },
        domain: domains.first().cloned(),
        verification_count: status.verification_count,
        last_verified_at: status.last_verified_at.map(Timestamp::rfc3339),
        expires_at: status.expires_at.map(Timestamp::rfc3339),
        created_at: status.created_at.rfc3339(),
        domains,
        domains_used: status.domains_used,
        max_domains: status.domain_limit.slots(),
    }
}
