//! `POST /v3/activations`, `PATCH` and `DELETE /v3/activations/:id`, and
//! `POST /v3/activations/:id/deactivate`.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde::Serialize;
use service::machine::{self, Answer, Deactivated, Proof, Request};
use service::{Result, Service};
use utoipa::ToSchema;

use super::answer::Refusal;
use super::input::{Named, ip, named, read};
use super::schema::{ActivationBody, DeactivationBody, Problem};
use crate::middleware::client::Caller;
use crate::middleware::request_id::RequestId;

/// The answer to an activation, a sync or a trial.
#[derive(Serialize, ToSchema)]
pub(super) struct Token {
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
        (status = 200, description = "Active; the token.", body = Token),
        (status = 400, description = "Refused; `code` says why.", body = Problem),
        (status = 408, description = "The body did not arrive in time.", body = Problem),
        (status = 413, description = "The body is over 64 KiB.", body = Problem),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = Problem),
    ))]
pub async fn create(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    caller: Caller,
    body: Body,
) -> Response {
    let run = async {
        let request = Request::read(&read(body).await?)?;
        answered(machine::activate(&service, request, ip(caller)).await, &id)
    };
    run.await.unwrap_or_else(Refusal::answer)
}

/// Sync an activation
///
/// The client reports in, which also extends its lease, and takes home a fresh token.
#[utoipa::path(patch, path = "/v3/activations/{id}", tag = "Machine API", operation_id = "syncActivation",
    params(("id" = String, Path, description = "The activation's id, the token's `aid`.")),
    request_body = ActivationBody,
    responses(
        (status = 200, description = "The fresh token.", body = Token),
        (status = 400, description = "Refused; `code` says why.", body = Problem),
        (status = 404, description = "The activation is gone: the client forgets its token.", body = Problem),
        (status = 408, description = "The body did not arrive in time.", body = Problem),
        (status = 413, description = "The body is over 64 KiB.", body = Problem),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = Problem),
    ))]
pub async fn sync(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    of: Named,
    body: Body,
) -> Response {
    let run = async {
        let of = named(of)?;
        let request = Request::read(&read(body).await?)?;
        answered(machine::sync(&service, of, &request).await, &id)
    };
    run.await.unwrap_or_else(Refusal::answer)
}

/// Deactivate a machine
///
/// Frees the activation's seat. The id is known to nobody but the client and the seller.
#[utoipa::path(delete, path = "/v3/activations/{id}", tag = "Machine API", operation_id = "deleteActivation",
    params(("id" = String, Path, description = "The activation's id, the token's `aid`.")),
    responses(
        (status = 204, description = "The seat is free."),
        (status = 404, description = "The activation is gone.", body = Problem),
        (status = 409, description = "`DEACTIVATION_LIMIT_REACHED`.", body = Problem),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = Problem),
    ))]
pub async fn delete(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    caller: Caller,
    of: Named,
) -> Response {
    let run = async {
        let of = named(of)?;
        freed(machine::deactivate(&service, of, None, ip(caller)).await, &id)
    };
    run.await.unwrap_or_else(Refusal::answer)
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
        (status = 400, description = "A field is missing or wrong.", body = Problem),
        (status = 404, description = "The activation is gone, or the proof is of another.", body = Problem),
        (status = 408, description = "The body did not arrive in time.", body = Problem),
        (status = 409, description = "`DEACTIVATION_LIMIT_REACHED`.", body = Problem),
        (status = 413, description = "The body is over 64 KiB.", body = Problem),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = Problem),
    ))]
pub async fn deactivate(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    caller: Caller,
    of: Named,
    body: Body,
) -> Response {
    let run = async {
        let of = named(of)?;
        let fields = read(body).await?;
        let proof = if fields.is_empty() { None } else { Some(Proof::read(&fields)?) };
        freed(machine::deactivate(&service, of, proof.as_ref(), ip(caller)).await, &id)
    };
    run.await.unwrap_or_else(Refusal::answer)
}

/// The token, or the refusal.
pub(super) fn answered(answer: Result<Answer>, id: &RequestId) -> Result<Response, Refusal> {
    let body = body(&token(answer, id)?);
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// [`Token`] as JSON. By hand: a token is long, and none of its characters needs an escape
/// (RFC 7515, 2).
fn body(token: &str) -> String {
    [r#"{"activationToken":""#, token, r#""}"#].concat()
}

/// The token in an answer.
pub(super) fn token(answer: Result<Answer>, id: &RequestId) -> Result<String, Refusal> {
    Err(match answer {
        Ok(Answer::Token(token)) => return Ok(token),
        Ok(Answer::InvalidKey) => Refusal::InvalidLicenseKey,
        Ok(Answer::InvalidProduct) => Refusal::InvalidProductId,
        Ok(Answer::Revoked) => Refusal::RevokedLicense,
        Ok(Answer::LimitReached) => Refusal::ActivationLimitReached,
        Ok(Answer::InvalidFingerprint) => Refusal::InvalidFingerprint,
        Ok(Answer::NotAdmitted(mismatch)) => Refusal::NotAdmitted(mismatch),
        Ok(Answer::MeterExhausted) => Refusal::MeterExhausted,
        Ok(Answer::TrialNotAllowed) => Refusal::TrialNotAllowed,
        Ok(Answer::TrialLimitReached) => Refusal::TrialLimitReached,
        Ok(Answer::Gone) => Refusal::NotFound,
        Err(error) => Refusal::of(error, id),
    })
}

fn freed(done: Result<Deactivated>, id: &RequestId) -> Result<Response, Refusal> {
    match done {
        Ok(Deactivated::Freed) => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(Deactivated::Gone) => Err(Refusal::NotFound),
        Ok(Deactivated::LimitReached) => Err(Refusal::DeactivationLimitReached),
        Err(error) => Err(Refusal::of(error, id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_by_hand_is_what_its_schema_says() {
        let activation_token = "eyJhbGciOiJSUzI1NiJ9.e30.-_09azAZ".to_owned();
        let by_hand = body(&activation_token);
        assert_eq!(by_hand, serde_json::to_string(&Token { activation_token }).expect("JSON"));
    }
}
