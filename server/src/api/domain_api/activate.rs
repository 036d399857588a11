//! `POST /activate`.

use axum::Json;
use axum::extract::State;
use domain::LicenseKey;
use serde::Serialize;
use service::Service;
use service::activation::{ActivateOutcome, with_resolved_key};
use utoipa::ToSchema;

use super::error::DomainApiError;
use super::extract::KeyAndDomainBody;
use super::schema::{BodyErrors, ErrorResponse, KeyAndDomain, RateLimited};
use crate::middleware::client_ip::MaybeClientIp;
use crate::middleware::request_id::RequestId;

/// The success response of activate and deactivate.
#[derive(Serialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the contract's names")]
pub struct ActivateResponse {
    /// Always `true`.
    pub success: bool,
    /// A sentence for people.
    pub message: &'static str,
    /// The domain in its normalized spelling.
    pub domain: String,
    /// The license key.
    pub license_key: String,
}

/// Activate a license on a domain
///
/// Takes a slot of the domain limit. A repeated request for the same domain succeeds and
/// takes no second slot.
#[utoipa::path(post, path = "/activate", tag = "Domain API", operation_id = "activateDomain",
    request_body = KeyAndDomain,
    responses(
        (status = 200, description = "The license is active on the domain.", body = ActivateResponse),
        (status = 404, description = "`invalid_key`", body = ErrorResponse),
        (status = 422, description = "`expired`, `suspended`, `revoked`, `domain_limit_reached` or `validation_error`", body = ErrorResponse),
        BodyErrors,
        RateLimited,
    ))]
pub async fn activate(
    State(service): State<Service>,
    id: RequestId,
    ip: MaybeClientIp,
    KeyAndDomainBody(key, domain): KeyAndDomainBody,
) -> Result<Json<ActivateResponse>, DomainApiError> {
    let (service, domain) = (&service, &domain);
    let activate = |key: LicenseKey| async move {
        service::activation::activate(service, &key, domain, ip.to_text()).await
    };
    let (outcome, key) = with_resolved_key(service, key, activate)
        .await
        .map_err(|error| DomainApiError::from_service(&error, &id))?;
    match outcome {
        ActivateOutcome::Active => Ok(Json(ActivateResponse {
            success: true,
            message: "License activated successfully on domain.",
            domain: domain.to_string(),
            license_key: key.expose().to_owned(),
        })),
        ActivateOutcome::InvalidKey => Err(DomainApiError::InvalidKey),
        ActivateOutcome::Refused(refusal) => Err(DomainApiError::Activation(refusal)),
    }
}
