//! Activation and deactivation by files, for machines that never reach us.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use domain::LicenseId;
use domain::fields::Fields;
use domain::machine::Seconds;
use http::HeaderMap;
use serde::Serialize;
use service::machine::offline;
use service::{Error, Service};
use utoipa::ToSchema;

use super::activations::token;
use super::answer::Refusal;
use super::input::{bearer, ip, read};
use super::schema::{OfflineBody, OfflineTrialBody, Problem};
use crate::middleware::client::Caller;
use crate::middleware::request_id::RequestId;

/// The longest validity of a response: ten years, in seconds.
const MAX_VALIDITY: i64 = 315_360_000;
/// The longest request file, in characters.
const MAX_FILE: usize = 60_000;

/// The answer to a request file.
#[derive(Serialize, ToSchema)]
pub(super) struct OfflineAnswer {
    /// The response file's content: a JWT signed with RS256 by the product's key.
    #[serde(rename = "offlineResponse")]
    offline_response: String,
}

fn file(fields: &Fields) -> Result<String, Refusal> {
    fields.text_up_to("offlineRequest", MAX_FILE)?.ok_or(Refusal::InvalidOfflineRequest)
}

fn validity(fields: &Fields) -> Result<Option<Seconds>, Refusal> {
    let seconds = fields.number("responseValidity", 0, MAX_VALIDITY)?;
    Ok(seconds.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0).map(Seconds::of))
}

fn license(fields: &Fields) -> Result<LicenseId, Refusal> {
    let wrong = || Refusal::Validation("The licenseId field must be a license’s id.".into());
    fields.required("licenseId")?.parse().map_err(|_| wrong())
}

fn rendered(offline_response: String) -> Response {
    Json(OfflineAnswer { offline_response }).into_response()
}

/// What is wrong with a request file has a code of its own.
fn refused(error: Error, id: &RequestId) -> Refusal {
    match error {
        Error::Invalid(_) => Refusal::InvalidOfflineRequest,
        other => Refusal::of(other, id),
    }
}

/// Activate a machine by its request file
///
/// For the seller's own systems. The request file holds the JSON of an activation, as it
/// is or in base 64.
#[utoipa::path(post, path = "/v3/activations/offline-activate", tag = "Machine API",
    operation_id = "activateOffline", request_body = OfflineBody, security(("bearer" = [])),
    responses(
        (status = 200, description = "The response file.", body = OfflineAnswer),
        (status = 400, description = "Refused; `code` says why.", body = Problem),
        (status = 401, description = "No bearer token, or none in force.", body = Problem),
        (status = 403, description = "The token's role does not allow it.", body = Problem),
        (status = 404, description = "No such license.", body = Problem),
        (status = 408, description = "The body did not arrive in time.", body = Problem),
        (status = 413, description = "The body is over 64 KiB.", body = Problem),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = Problem),
    ))]
pub async fn activate(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let run = async {
        let actor = bearer(&service, &headers, &id).await?;
        let fields = read(body).await?;
        let (license, file, validity) = (license(&fields)?, file(&fields)?, validity(&fields)?);
        let answer = offline::activate(&service, &actor, license, &file, validity).await;
        Ok(rendered(token(Ok(answer.map_err(|e| refused(e, &id))?), &id)?))
    };
    run.await.unwrap_or_else(Refusal::answer)
}

/// Deactivate a machine by its request file
///
/// For the seller's own systems. The request file holds `key`, `productId`, `fingerprint` and
/// `activationId`. The response is a signed receipt.
#[utoipa::path(post, path = "/v3/activations/offline-deactivate", tag = "Machine API",
    operation_id = "deactivateOffline", request_body = OfflineBody, security(("bearer" = [])),
    responses(
        (status = 200, description = "The receipt.", body = OfflineAnswer),
        (status = 400, description = "Refused; `code` says why.", body = Problem),
        (status = 401, description = "No bearer token, or none in force.", body = Problem),
        (status = 403, description = "The token's role does not allow it.", body = Problem),
        (status = 404, description = "No such license.", body = Problem),
        (status = 408, description = "The body did not arrive in time.", body = Problem),
        (status = 409, description = "`DEACTIVATION_LIMIT_REACHED`.", body = Problem),
        (status = 413, description = "The body is over 64 KiB.", body = Problem),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = Problem),
    ))]
pub async fn deactivate(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let run = async {
        let actor = bearer(&service, &headers, &id).await?;
        let fields = read(body).await?;
        let (license, file) = (license(&fields)?, file(&fields)?);
        match offline::deactivate(&service, &actor, license, &file).await {
            Ok(receipt) => Ok(rendered(receipt)),
            Err(Error::Conflict(_)) => Err(Refusal::DeactivationLimitReached),
            Err(error) => Err(refused(error, &id)),
        }
    };
    run.await.unwrap_or_else(Refusal::answer)
}

/// Begin a trial by a request file
#[utoipa::path(post, path = "/v3/trial-activations/offline-activate", tag = "Machine API",
    operation_id = "beginTrialOffline", request_body = OfflineTrialBody,
    responses(
        (status = 200, description = "The response file.", body = OfflineAnswer),
        (status = 400, description = "Refused; `code` says why.", body = Problem),
        (status = 408, description = "The body did not arrive in time.", body = Problem),
        (status = 413, description = "The body is over 64 KiB.", body = Problem),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = Problem),
    ))]
pub async fn trial(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    caller: Caller,
    body: Body,
) -> Response {
    let run = async {
        let fields = read(body).await?;
        let (product, file, validity) = (fields.text("productId")?, file(&fields)?, validity(&fields)?);
        let answer = offline::begin_trial(&service, product, &file, validity, ip(caller)).await;
        Ok(rendered(token(Ok(answer.map_err(|e| refused(e, &id))?), &id)?))
    };
    run.await.unwrap_or_else(Refusal::answer)
}
