//! `POST /deactivate`.

use axum::Json;
use axum::extract::State;
use domain::LicenseKey;
use service::Service;
use service::activation::{DeactivateOutcome, with_resolved_key};

use super::activate::ActivateResponse;
use super::error::DomainApiError;
use super::extract::KeyAndDomainBody;
use super::schema::{BodyErrors, ErrorResponse, KeyAndDomain, RateLimited};
use crate::middleware::client_ip::MaybeClientIp;
use crate::middleware::request_id::RequestId;

/// Deactivate a domain
///
/// Frees the domain's slot. Works for every standing of the license.
#[utoipa::path(post, path = "/deactivate", tag = "Domain API", operation_id = "deactivateDomain",
    request_body = KeyAndDomain,
    responses(
        (status = 200, description = "The slot is free.", body = ActivateResponse),
        (status = 404, description = "`invalid_key`", body = ErrorResponse),
        (status = 422, description = "`domain_not_found` or `validation_error`", body = ErrorResponse),
        BodyErrors,
        RateLimited,
    ))]
pub async fn deactivate(
    State(service): State<Service>,
    id: RequestId,
    ip: MaybeClientIp,
    KeyAndDomainBody(key, domain): KeyAndDomainBody,
) -> Result<Json<ActivateResponse>, DomainApiError> {
    let (service, domain) = (&service, &domain);
    let deactivate = |key: LicenseKey| async move {
        service::activation::deactivate(service, &key, domain, ip.to_text()).await
    };
    let (outcome, key) = with_resolved_key(service, key, deactivate)
        .await
        .map_err(|error| DomainApiError::from_service(&error, &id))?;
    match outcome {
        DeactivateOutcome::Freed => Ok(Json(ActivateResponse {
            success: true,
            message: "Domain deactivated successfully.",
            domain: domain.to_string(),
            license_key: key.expose().to_owned(),
        })),
        DeactivateOutcome::InvalidKey => Err(DomainApiError::InvalidKey),
        DeactivateOutcome::DomainNotFound => Err(DomainApiError::DomainNotFound),
    }
}
