//! Activation and deactivation by files, for machines that never reach us.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use domain::LicenseId;
use domain::json_fields::Fields;
use domain::machine::Seconds;
use http::HeaderMap;
use serde::Serialize;
use service::machine::offline;
use service::{Error, Service};
use utoipa::ToSchema;

use super::activations::token_of;
use super::error::MachineApiError;
use super::extract::{authenticate_bearer, client_ip, read_json};
use super::schema::{ErrorBody, OfflineBody, OfflineTrialBody};
use crate::middleware::client_ip::MaybeClientIp;
use crate::middleware::request_id::RequestId;

/// The longest validity of a response: ten years, in seconds.
const MAX_VALIDITY_SECONDS: i64 = 315_360_000;
/// The longest request file, in characters.
const MAX_FILE_BYTES: usize = 60_000;

/// The answer to a request file.
#[derive(Serialize, ToSchema)]
pub(super) struct OfflineResponse {
    /// The response file's content: a JWT signed with RS256 by the product's key.
    #[serde(rename = "offlineResponse")]
    offline_response: String,
}

fn parse_file(fields: &Fields) -> Result<String, MachineApiError> {
    fields.text_with_max_len("offlineRequest", MAX_FILE_BYTES)?.ok_or(MachineApiError::InvalidOfflineRequest)
}

fn parse_validity(fields: &Fields) -> Result<Option<Seconds>, MachineApiError> {
    let seconds = fields.number("responseValidity", 0, MAX_VALIDITY_SECONDS)?;
    Ok(seconds.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0).map(Seconds::new))
}

fn parse_license_id(fields: &Fields) -> Result<LicenseId, MachineApiError> {
    let wrong = || MachineApiError::Validation("The licenseId field must be a license’s id.".into());
    fields.required("licenseId")?.parse().map_err(|_| wrong())
}

fn offline_response(offline_response: String) -> Response {
    Json(OfflineResponse { offline_response }).into_response()
}

/// What is wrong with a request file has a code of its own.
fn to_api_error(error: Error, id: &RequestId) -> MachineApiError {
    match error {
        Error::Invalid(_) => MachineApiError::InvalidOfflineRequest,
        other => MachineApiError::from_service(other, id),
    }
}

/// Activate a machine by its request file
///
/// For the seller's own systems. The request file holds the JSON of an activation, as it
/// is or in base 64.
#[utoipa::path(post, path = "/v3/activations/offline-activate", tag = "Machine API",
    operation_id = "activateOffline", request_body = OfflineBody, security(("bearer" = [])),
    responses(
        (status = 200, description = "The response file.", body = OfflineResponse),
        (status = 400, description = "Refused; `code` says why.", body = ErrorBody),
        (status = 401, description = "No bearer token, or none in force.", body = ErrorBody),
        (status = 403, description = "The token's role does not allow it.", body = ErrorBody),
        (status = 404, description = "No such license.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 413, description = "The body is over 64 KiB.", body = ErrorBody),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = ErrorBody),
    ))]
pub async fn activate(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let run = async {
        let actor = authenticate_bearer(&service, &headers, &id).await?;
        let fields = read_json(body).await?;
        let (license, file, validity) =
            (parse_license_id(&fields)?, parse_file(&fields)?, parse_validity(&fields)?);
        let answer = offline::activate(&service, &actor, license, &file, validity).await;
        Ok(offline_response(token_of(Ok(answer.map_err(|e| to_api_error(e, &id))?), &id)?))
    };
    run.await.unwrap_or_else(MachineApiError::answer)
}

/// Deactivate a machine by its request file
///
/// For the seller's own systems. The request file holds `key`, `productId`, `fingerprint` and
/// `activationId`. The response is a signed receipt.
#[utoipa::path(post, path = "/v3/activations/offline-deactivate", tag = "Machine API",
    operation_id = "deactivateOffline", request_body = OfflineBody, security(("bearer" = [])),
    responses(
        (status = 200, description = "The receipt.", body = OfflineResponse),
        (status = 400, description = "Refused; `code` says why.", body = ErrorBody),
        (status = 401, description = "No bearer token, or none in force.", body = ErrorBody),
        (status = 403, description = "The token's role does not allow it.", body = ErrorBody),
        (status = 404, description = "No such license.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 409, description = "`DEACTIVATION_LIMIT_REACHED`.", body = ErrorBody),
        (status = 413, description = "The body is over 64 KiB.", body = ErrorBody),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = ErrorBody),
    ))]
pub async fn deactivate(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let run = async {
        let actor = authenticate_bearer(&service, &headers, &id).await?;
        let fields = read_json(body).await?;
        let (license, file) = (parse_license_id(&fields)?, parse_file(&fields)?);
        match offline::deactivate(&service, &actor, license, &file).await {
            Ok(receipt) => Ok(offline_response(receipt)),
            Err(Error::Conflict(_)) => Err(MachineApiError::DeactivationLimitReached),
            Err(error) => Err(to_api_error(error, &id)),
        }
    };
    run.await.unwrap_or_else(MachineApiError::answer)
}

/// Begin a trial by a request file
#[utoipa::path(post, path = "/v3/trial-activations/offline-activate", tag = "Machine API",
    operation_id = "beginTrialOffline", request_body = OfflineTrialBody,
    responses(
        (status = 200, description = "The response file.", body = OfflineResponse),
        (status = 400, description = "Refused; `code` says why.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 413, description = "The body is over 64 KiB.", body = ErrorBody),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = ErrorBody),
    ))]
pub async fn trial(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    caller: MaybeClientIp,
    body: Body,
) -> Response {
    let run = async {
        let fields = read_json(body).await?;
        let (product, file, validity) =
            (fields.text("productId")?, parse_file(&fields)?, parse_validity(&fields)?);
        let answer = offline::start_trial(&service, product, &file, validity, client_ip(caller)).await;
        Ok(offline_response(token_of(Ok(answer.map_err(|e| to_api_error(e, &id))?), &id)?))
    };
    run.await.unwrap_or_else(MachineApiError::answer)
}
