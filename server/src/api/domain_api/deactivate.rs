//! `POST /deactivate`.

use axum::Extension;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use service::Service;
use service::activation::DeactivateOutcome;

use super::activate::ActivateResponse;
use super::error::{DomainApiError, ErrorShape};
use super::extract::FormFields;
use super::schema::{DeactivateResponse, ErrorResponse, KeyAndDomain};
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

/// Deactivate a domain
///
/// Frees the domain's slot, whatever the standing of the license.
#[utoipa::path(post, path = "/deactivate", tag = "Domain API", operation_id = "deactivateDomain",
    request_body = KeyAndDomain,
    responses(
        (status = 200, description = "The slot is free.", body = DeactivateResponse),
        (status = 400, description = "`invalid_json`", body = ErrorResponse),
        (status = 404, description = "`invalid_key`", body = ErrorResponse),
        (status = 408, description = "The body did not arrive in time.", body = ErrorResponse),
        (status = 413, description = "The body is over 64 KiB.", body = ErrorResponse),
        (status = 422, description = "`domain_not_found` or `validation_error`", body = ErrorResponse),
        (status = 429, description = "Over the limit of requests a minute.", body = ErrorResponse),
    ))]
pub async fn deactivate(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    client: Option<Extension<ClientIp>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    run(&service, &id, client.map(|c| c.0), &headers, body)
        .await
        .unwrap_or_else(|refusal| refusal.into_response_with(ErrorShape::Success))
}

async fn run(
    service: &Service,
    id: &RequestId,
    client: Option<ClientIp>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, DomainApiError> {
    let (key, domain) = FormFields::from_body(headers, body).await?.key_and_domain()?;
    let ip = client.map(|c| c.0.to_string());
    match service::activation::deactivate(service, &key, &domain, ip).await {
        Ok(DeactivateOutcome::Freed) => Ok(Json(ActivateResponse {
            success: true,
            message: "Domain deactivated successfully.",
            domain: domain.as_str(),
            license_key: key.expose(),
        })
        .into_response()),
        Ok(DeactivateOutcome::InvalidKey) => Err(DomainApiError::InvalidKey),
        Ok(DeactivateOutcome::DomainNotFound) => Err(DomainApiError::DomainNotFound),
        Err(error) => Err(DomainApiError::from_service(&error, id)),
    }
}
