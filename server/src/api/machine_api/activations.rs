//! `POST /v3/activations`, `PATCH` and `DELETE /v3/activations/:id`, and
//! `POST /v3/activations/:id/deactivate`.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde::Serialize;
use service::machine::{self, ActivationOutcome, ActivationRequest, DeactivateOutcome, DeactivationProof};
use service::{Result, Service};
use utoipa::ToSchema;

use super::error::MachineApiError;
use super::extract::{ActivationIdPath, JsonBody};
use super::schema::{ActivationBody, BodyErrors, DeactivationBody, ErrorBody, RateLimited};
use crate::middleware::client_ip::MaybeClientIp;
use crate::middleware::request_id::RequestId;

/// The response to an activation, a sync or a trial.
#[derive(Serialize, ToSchema)]
pub struct TokenResponse {
    /// A JWT signed with RS256 by the product's signing key. The JWKS document has the public key.
    #[serde(rename = "activationToken")]
    pub activation_token: String,
}

/// Activate a license on a machine
///
/// Takes a slot of the machine limit and returns a signed token. A repeated request with the
/// same fingerprint refreshes the activation and takes no second slot. A suspended or expired
/// license is no error: the token reports it in `suspended` and `eat`.
#[utoipa::path(post, path = "/v3/activations", tag = "Machine API", operation_id = "activateMachine",
    request_body = ActivationBody,
    responses(
        (status = 200, description = "The license is active on the machine.", body = TokenResponse),
        (status = 400, description = "The request is refused. `code` gives the reason.", body = ErrorBody),
        BodyErrors,
        RateLimited,
    ))]
pub async fn create(
    State(service): State<Service>,
    id: RequestId,
    ip: MaybeClientIp,
    JsonBody(fields): JsonBody,
) -> Result<Response, MachineApiError> {
    let request = ActivationRequest::parse(&fields)?;
    activation_response(machine::activate(&service, request, ip.to_text()).await, &id)
}

/// Sync an activation
///
/// Reports the machine's properties, extends its lease, and returns a new token.
#[utoipa::path(patch, path = "/v3/activations/{id}", tag = "Machine API", operation_id = "syncActivation",
    params(("id" = String, Path, description = "The activation's id, the token's `aid`.")),
    request_body = ActivationBody,
    responses(
        (status = 200, description = "The new token.", body = TokenResponse),
        (status = 400, description = "The request is refused. `code` gives the reason.", body = ErrorBody),
        (status = 404, description = "The activation does not exist. The client deletes its token.", body = ErrorBody),
        BodyErrors,
        RateLimited,
    ))]
pub async fn sync(
    State(service): State<Service>,
    id: RequestId,
    ip: MaybeClientIp,
    ActivationIdPath(activation): ActivationIdPath,
    JsonBody(fields): JsonBody,
) -> Result<Response, MachineApiError> {
    let mut request = ActivationRequest::parse(&fields)?;
    request.address = ip.0;
    activation_response(machine::sync(&service, activation, &request).await, &id)
}

/// Deactivate a machine
///
/// Frees the activation's slot. The id is a secret of the client and the seller. With an access token the seller
/// frees the machine (scope `license:write`), and it does not count as a deactivation.
#[utoipa::path(delete, path = "/v3/activations/{id}", tag = "Machine API", operation_id = "deleteActivation",
    params(("id" = String, Path, description = "The activation's id, the token's `aid`.")),
    responses(
        (status = 204, description = "The slot is free."),
        (status = 401, description = "An access token is sent that is unknown, expired or revoked.", body = ErrorBody),
        (status = 403, description = "The access token lacks the scope, or its role does not allow this.", body = ErrorBody),
        (status = 404, description = "The activation does not exist.", body = ErrorBody),
        (status = 409, description = "`DEACTIVATION_LIMIT_REACHED`.", body = ErrorBody),
        RateLimited,
    ))]
pub async fn delete(
    State(service): State<Service>,
    id: RequestId,
    ip: MaybeClientIp,
    ActivationIdPath(activation): ActivationIdPath,
) -> Result<StatusCode, MachineApiError> {
    deactivation_response(machine::deactivate(&service, activation, None, ip.to_text()).await, &id)
}

/// Deactivate a machine, with proof
///
/// Same as `DELETE`, for clients that cannot send it. A body must prove the license key, the
/// product and the fingerprint.
#[utoipa::path(post, path = "/v3/activations/{id}/deactivate", tag = "Machine API",
    operation_id = "deactivateMachine",
    params(("id" = String, Path, description = "The activation's id, the token's `aid`.")),
    request_body = Option<DeactivationBody>,
    responses(
        (status = 204, description = "The slot is free."),
        (status = 400, description = "A field is missing or invalid.", body = ErrorBody),
        (status = 404, description = "The activation does not exist, or the proof does not match it.", body = ErrorBody),
        (status = 409, description = "`DEACTIVATION_LIMIT_REACHED`.", body = ErrorBody),
        BodyErrors,
        RateLimited,
    ))]
pub async fn deactivate(
    State(service): State<Service>,
    id: RequestId,
    ip: MaybeClientIp,
    ActivationIdPath(activation): ActivationIdPath,
    JsonBody(fields): JsonBody,
) -> Result<StatusCode, MachineApiError> {
    let proof = if fields.is_missing() { None } else { Some(DeactivationProof::parse(&fields)?) };
    deactivation_response(machine::deactivate(&service, activation, proof.as_ref(), ip.to_text()).await, &id)
}

/// Renders the outcome of an activation or a sync.
pub(super) fn activation_response(
    outcome: Result<ActivationOutcome>,
    id: &RequestId,
) -> Result<Response, MachineApiError> {
    let body = token_body(&token_of(outcome, id)?);
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Renders [`TokenResponse`] as JSON by hand: a token is long, and its characters need no
/// escaping (RFC 7515, section 2).
fn token_body(token: &str) -> String {
    [r#"{"activationToken":""#, token, r#""}"#].concat()
}

/// Returns the token of an outcome, or the error that the outcome stands for.
pub(super) fn token_of(
    outcome: Result<ActivationOutcome>,
    id: &RequestId,
) -> Result<String, MachineApiError> {
    Err(match outcome {
        Ok(ActivationOutcome::Token(token)) => return Ok(token),
        Ok(ActivationOutcome::InvalidKey) => MachineApiError::InvalidLicenseKey,
        Ok(ActivationOutcome::InvalidProduct) => MachineApiError::InvalidProductId,
        Ok(ActivationOutcome::Revoked) => MachineApiError::RevokedLicense,
        Ok(ActivationOutcome::LimitReached) => MachineApiError::ActivationLimitReached,
        Ok(ActivationOutcome::InvalidFingerprint) => MachineApiError::InvalidFingerprint,
        Ok(ActivationOutcome::NotAdmitted(error)) => MachineApiError::NotAdmitted(error),
        Ok(ActivationOutcome::MeterExhausted) => MachineApiError::MeterExhausted,
        Ok(ActivationOutcome::TrialNotAllowed) => MachineApiError::TrialNotAllowed,
        Ok(ActivationOutcome::TrialLimitReached) => MachineApiError::TrialLimitReached,
        Ok(ActivationOutcome::NotFound) => MachineApiError::NotFound,
        Err(error) => MachineApiError::from_service(error, id),
    })
}

fn deactivation_response(
    outcome: Result<DeactivateOutcome>,
    id: &RequestId,
) -> Result<StatusCode, MachineApiError> {
    match outcome {
        Ok(DeactivateOutcome::Freed) => Ok(StatusCode::NO_CONTENT),
        Ok(DeactivateOutcome::NotFound) => Err(MachineApiError::NotFound),
        Ok(DeactivateOutcome::LimitReached) => Err(MachineApiError::DeactivationLimitReached),
        Err(error) => Err(MachineApiError::from_service(error, id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_written_token_body_matches_its_schema() {
        let activation_token = "eyJhbGciOiJSUzI1NiJ9.e30.-_09azAZ".to_owned();
        let by_hand = token_body(&activation_token);
        assert_eq!(by_hand, serde_json::to_string(&TokenResponse { activation_token }).expect("JSON"));
    }
}
