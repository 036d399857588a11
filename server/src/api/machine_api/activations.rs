//! `POST /v3/activations`, `PATCH` and `DELETE /v3/activations/:id`, and
//! `POST /v3/activations/:id/deactivate`.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde::Serialize;
use service::machine::{self, ActivationOutcome, ActivationRequest, DeactivateOutcome, DeactivationProof};
use service::{Result, Service};
use utoipa::ToSchema;

use super::error::MachineApiError;
use super::extract::{PathId, client_ip, parse_path_id, read_json};
use super::schema::{ActivationBody, DeactivationBody, ErrorBody};
use crate::middleware::client_ip::MaybeClientIp;
use crate::middleware::request_id::RequestId;

/// The answer to an activation, a sync or a trial.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenResponse {
    /// A JWT signed with RS256 by the product's key, which is in the JWKS document.
    #[serde(rename = "activationToken")]
    pub activation_token: String,
}

/// Activate a license on a machine
///
/// Takes a seat and answers with a signed token. The same fingerprint again is the same
/// activation, with a fresh token and no second seat. A suspended or expired license is no
/// error: its token says so, in `suspended` and `eat`.
#[utoipa::path(post, path = "/v3/activations", tag = "Machine API", operation_id = "activateMachine",
    request_body = ActivationBody,
    responses(
        (status = 200, description = "Active; the token.", body = TokenResponse),
        (status = 400, description = "Refused; `code` says why.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 413, description = "The body is over 64 KiB.", body = ErrorBody),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = ErrorBody),
    ))]
pub async fn create(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    caller: MaybeClientIp,
    body: Body,
) -> Response {
    let run = async {
        let request = ActivationRequest::parse(&read_json(body).await?)?;
        activation_response(machine::activate(&service, request, client_ip(caller)).await, &id)
    };
    run.await.unwrap_or_else(MachineApiError::answer)
}

/// Sync an activation
///
/// The client reports in, which also extends its lease, and takes home a fresh token.
#[utoipa::path(patch, path = "/v3/activations/{id}", tag = "Machine API", operation_id = "syncActivation",
    params(("id" = String, Path, description = "The activation's id, the token's `aid`.")),
    request_body = ActivationBody,
    responses(
        (status = 200, description = "The fresh token.", body = TokenResponse),
        (status = 400, description = "Refused; `code` says why.", body = ErrorBody),
        (status = 404, description = "The activation is gone: the client forgets its token.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 413, description = "The body is over 64 KiB.", body = ErrorBody),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = ErrorBody),
    ))]
pub async fn sync(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    of: PathId,
    body: Body,
) -> Response {
    let run = async {
        let of = parse_path_id(of)?;
        let request = ActivationRequest::parse(&read_json(body).await?)?;
        activation_response(machine::sync(&service, of, &request).await, &id)
    };
    run.await.unwrap_or_else(MachineApiError::answer)
}

/// Deactivate a machine
///
/// Frees the activation's seat. The id is known to nobody but the client and the seller.
#[utoipa::path(delete, path = "/v3/activations/{id}", tag = "Machine API", operation_id = "deleteActivation",
    params(("id" = String, Path, description = "The activation's id, the token's `aid`.")),
    responses(
        (status = 204, description = "The seat is free."),
        (status = 404, description = "The activation is gone.", body = ErrorBody),
        (status = 409, description = "`DEACTIVATION_LIMIT_REACHED`.", body = ErrorBody),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = ErrorBody),
    ))]
pub async fn delete(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    caller: MaybeClientIp,
    of: PathId,
) -> Response {
    let run = async {
        let of = parse_path_id(of)?;
        deactivation_response(machine::deactivate(&service, of, None, client_ip(caller)).await, &id)
    };
    run.await.unwrap_or_else(MachineApiError::answer)
}

/// Deactivate a machine, with proof
///
/// As `DELETE`, for clients that can't send it. With a body, it must prove the key, the
/// product and the fingerprint.
#[utoipa::path(post, path = "/v3/activations/{id}/deactivate", tag = "Machine API",
    operation_id = "deactivateMachine",
    params(("id" = String, Path, description = "The activation's id, the token's `aid`.")),
    request_body = Option<DeactivationBody>,
    responses(
        (status = 204, description = "The seat is free."),
        (status = 400, description = "A field is missing or wrong.", body = ErrorBody),
        (status = 404, description = "The activation is gone, or the proof is of another.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 409, description = "`DEACTIVATION_LIMIT_REACHED`.", body = ErrorBody),
        (status = 413, description = "The body is over 64 KiB.", body = ErrorBody),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = ErrorBody),
    ))]
pub async fn deactivate(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    caller: MaybeClientIp,
    of: PathId,
    body: Body,
) -> Response {
    let run = async {
        let of = parse_path_id(of)?;
        let fields = read_json(body).await?;
        let proof = if fields.is_empty() { None } else { Some(DeactivationProof::parse(&fields)?) };
        deactivation_response(machine::deactivate(&service, of, proof.as_ref(), client_ip(caller)).await, &id)
    };
    run.await.unwrap_or_else(MachineApiError::answer)
}

/// The token, or the refusal.
pub(super) fn activation_response(
    answer: Result<ActivationOutcome>,
    id: &RequestId,
) -> Result<Response, MachineApiError> {
    let body = token_body(&token_of(answer, id)?);
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// [`Token`] as JSON. By hand: a token is long, and none of its characters needs an escape
/// (RFC 7515, 2).
fn token_body(token: &str) -> String {
    [r#"{"activationToken":""#, token, r#""}"#].concat()
}

/// The token in an answer.
pub(super) fn token_of(answer: Result<ActivationOutcome>, id: &RequestId) -> Result<String, MachineApiError> {
    Err(match answer {
        Ok(ActivationOutcome::Token(token)) => return Ok(token),
        Ok(ActivationOutcome::InvalidKey) => MachineApiError::InvalidLicenseKey,
        Ok(ActivationOutcome::InvalidProduct) => MachineApiError::InvalidProductId,
        Ok(ActivationOutcome::Revoked) => MachineApiError::RevokedLicense,
        Ok(ActivationOutcome::LimitReached) => MachineApiError::ActivationLimitReached,
        Ok(ActivationOutcome::InvalidFingerprint) => MachineApiError::InvalidFingerprint,
        Ok(ActivationOutcome::NotAdmitted(mismatch)) => MachineApiError::NotAdmitted(mismatch),
        Ok(ActivationOutcome::MeterExhausted) => MachineApiError::MeterExhausted,
        Ok(ActivationOutcome::TrialNotAllowed) => MachineApiError::TrialNotAllowed,
        Ok(ActivationOutcome::TrialLimitReached) => MachineApiError::TrialLimitReached,
        Ok(ActivationOutcome::NotFound) => MachineApiError::NotFound,
        Err(error) => MachineApiError::from_service(error, id),
    })
}

fn deactivation_response(
    done: Result<DeactivateOutcome>,
    id: &RequestId,
) -> Result<Response, MachineApiError> {
    match done {
        Ok(DeactivateOutcome::Freed) => Ok(StatusCode::NO_CONTENT.into_response()),
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
