//! Activation, deactivation and trials by request files, for machines without a network. The first two need a bearer
//! token, and are routes of the management API.

use axum::Json;
use axum::extract::State;
use domain::LicenseId;
use domain::json_fields::Fields;
use domain::machine::Seconds;
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;
use service::machine::offline;
use service::{Actor, Error, Service, license};
use utoipa::ToSchema;

use super::activations::token_of;
use super::error::MachineApiError;
use super::extract::{BearerActor, JsonBody};
use super::schema::{BodyErrors, ErrorBody, OfflineBody, OfflineTrialBody, RateLimited};
use crate::middleware::client_ip::MaybeClientIp;
use crate::middleware::request_id::RequestId;

/// The longest validity of a response in seconds: ten years.
const MAX_VALIDITY_SECONDS: i64 = 315_360_000;
/// The longest request file in characters.
const MAX_FILE_BYTES: usize = 60_000;

/// The response to a request file.
#[derive(Serialize, ToSchema)]
pub struct OfflineResponse {
    /// The response file's content: a JWT signed with RS256 by the product's key.
    #[serde(rename = "offlineResponse")]
    offline_response: String,
}

fn parse_file(fields: &Fields) -> Result<String, MachineApiError> {
    fields.file_with_max_len("offlineRequest", MAX_FILE_BYTES)?.ok_or(MachineApiError::InvalidOfflineRequest)
}

fn parse_validity(fields: &Fields) -> Result<Option<Seconds>, MachineApiError> {
    let seconds = fields.number("responseValidity", 0, MAX_VALIDITY_SECONDS)?;
    Ok(seconds.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0).map(Seconds::new))
}

/// Finds the license that `licenseId` names, by its id or its key.
async fn find_license(
    service: &Service,
    actor: &Actor,
    text: &str,
    id: &RequestId,
) -> Result<LicenseId, MachineApiError> {
    let found = license::find_by_key_or_id(service, actor, text).await;
    found.map_err(|error| MachineApiError::from_service(error, id))
}

/// A response file with its content type, which names the character set.
type Answer = ([(HeaderName, HeaderValue); 1], Json<OfflineResponse>);

fn offline_response(offline_response: String) -> Answer {
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], Json(OfflineResponse { offline_response }))
}

/// Converts an error of a use case: an invalid request file has its own code.
fn to_api_error(error: Error, id: &RequestId) -> MachineApiError {
    match error {
        Error::Invalid(_) => MachineApiError::InvalidOfflineRequest,
        other => MachineApiError::from_service(other, id),
    }
}

/// Activate a machine by its request file
///
/// For the seller's own systems. The request file holds the JSON of an activation, plain or in
/// base 64.
#[utoipa::path(post, path = "/v3/activations/offline-activate", tag = "Machine API",
    operation_id = "activateOffline", request_body = OfflineBody, security(("bearer" = [])),
    responses(
        (status = 200, description = "The response file.", body = OfflineResponse),
        (status = 400, description = "The request is refused. `code` gives the reason.", body = ErrorBody),
        (status = 401, description = "The bearer token is missing, unknown or revoked.", body = ErrorBody),
        (status = 403, description = "The token's role does not allow the request.", body = ErrorBody),
        (status = 404, description = "The license does not exist.", body = ErrorBody),
        BodyErrors,
        RateLimited,
    ))]
pub async fn activate(
    State(service): State<Service>,
    id: RequestId,
    BearerActor(actor): BearerActor,
    JsonBody(fields): JsonBody,
) -> Result<Answer, MachineApiError> {
    let (license, file) = (fields.required("licenseId")?, parse_file(&fields)?);
    let validity = parse_validity(&fields)?;
    let license = find_license(&service, &actor, &license, &id).await?;
    let outcome = offline::activate(&service, &actor, license, &file, validity).await;
    let outcome = outcome.map_err(|error| to_api_error(error, &id))?;
    Ok(offline_response(token_of(Ok(outcome), &id)?))
}

/// Deactivate a machine by its request file
///
/// For the seller's own systems. The request file holds `key`, `productId`, `fingerprint` and
/// `activationId`. The response is a signed receipt.
#[utoipa::path(post, path = "/v3/activations/offline-deactivate", tag = "Machine API",
    operation_id = "deactivateOffline", request_body = OfflineBody, security(("bearer" = [])),
    responses(
        (status = 200, description = "The receipt.", body = OfflineResponse),
        (status = 400, description = "The request is refused. `code` gives the reason.", body = ErrorBody),
        (status = 401, description = "The bearer token is missing, unknown or revoked.", body = ErrorBody),
        (status = 403, description = "The token's role does not allow the request.", body = ErrorBody),
        (status = 404, description = "The license does not exist.", body = ErrorBody),
        (status = 409, description = "`DEACTIVATION_LIMIT_REACHED`.", body = ErrorBody),
        BodyErrors,
        RateLimited,
    ))]
pub async fn deactivate(
    State(service): State<Service>,
    id: RequestId,
    BearerActor(actor): BearerActor,
    JsonBody(fields): JsonBody,
) -> Result<Answer, MachineApiError> {
    let (license, file) = (fields.required("licenseId")?, parse_file(&fields)?);
    let license = find_license(&service, &actor, &license, &id).await?;
    match offline::deactivate(&service, &actor, license, &file).await {
        Ok(receipt) => Ok(offline_response(receipt)),
        Err(Error::Conflict(_)) => Err(MachineApiError::DeactivationLimitReached),
        Err(error) => Err(to_api_error(error, &id)),
    }
}

/// Start a trial by a request file
#[utoipa::path(post, path = "/v3/trial-activations/offline-activate", tag = "Machine API",
    operation_id = "beginTrialOffline", request_body = OfflineTrialBody,
    responses(
        (status = 200, description = "The response file.", body = OfflineResponse),
        (status = 400, description = "The request is refused. `code` gives the reason.", body = ErrorBody),
        BodyErrors,
        RateLimited,
    ))]
pub async fn trial(
    State(service): State<Service>,
    id: RequestId,
    ip: MaybeClientIp,
    JsonBody(fields): JsonBody,
) -> Result<Answer, MachineApiError> {
    let (product, file) = (fields.text("productId")?, parse_file(&fields)?);
    let validity = parse_validity(&fields)?;
    let outcome = offline::start_trial(&service, product, &file, validity, ip.to_text()).await;
    let outcome = outcome.map_err(|error| to_api_error(error, &id))?;
    Ok(offline_response(token_of(Ok(outcome), &id)?))
}
