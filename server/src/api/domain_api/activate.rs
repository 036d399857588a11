//! `POST /activate`.

use axum::Extension;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use serde::Serialize;
use service::Service;
use service::activation::ActivateOutcome;

use super::error::{DomainApiError, ErrorShape};
use super::extract::FormFields;
use super::schema::{DeactivateResponse, ErrorResponse, KeyAndDomain};
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

/// Success of activate and of deactivate.
#[derive(Serialize)]
pub(super) struct ActivateResponse<'a> {
    pub success: bool,
    pub message: &'static str,
    pub domain: &'a str,
    pub license_key: &'a str,
}

/// Activate a license on a domain
///
/// Takes a slot of the domain limit. The same domain again is answered alike and takes no
/// second slot.
#[utoipa::path(post, path = "/activate", tag = "Domain API", operation_id = "activateDomain",
    request_body = KeyAndDomain,
    responses(
        (status = 200, description = "Active on the domain.", body = DeactivateResponse),
        (status = 400, description = "`invalid_json`", body = ErrorResponse),
        (status = 404, description = "`invalid_key`", body = ErrorResponse),
        (status = 408, description = "The body did not arrive in time.", body = ErrorResponse),
        (status = 413, description = "The body is over 64 KiB.", body = ErrorResponse),
        (status = 422, description = "`expired`, `suspended`, `revoked`, `domain_limit_reached` or `validation_error`", body = ErrorResponse),
        (status = 429, description = "Over the limit of requests a minute.", body = ErrorResponse),
    ))]
pub async fn activate(
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
    match service::activation::activate(service, &key, &domain, ip).await {
        Ok(ActivateOutcome::Active) => Ok(Json(ActivateResponse {
            success: true,
            message: "License activated successfully on domain.",
            domain: domain.as_str(),
            license_key: key.expose(),
        })
        .into_response()),
        Ok(ActivateOutcome::InvalidKey) => Err(DomainApiError::InvalidKey),
        Ok(ActivateOutcome::Refused(refusal)) => Err(DomainApiError::Activation(refusal)),
        Err(error) => Err(DomainApiError::from_service(&error, id)),
    }
}
