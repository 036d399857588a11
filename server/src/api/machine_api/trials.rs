//! `POST /v3/trial-activations`.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use service::Service;
use service::machine::{self, TrialRequest};

use super::activations::{TokenResponse, activation_response};
use super::error::MachineApiError;
use super::extract::{client_ip, read_json};
use super::schema::{ErrorBody, TrialBody};
use crate::middleware::client_ip::MaybeClientIp;
use crate::middleware::request_id::RequestId;

/// Begin a trial
///
/// An activation without a license key, where the product allows trials. The same machine
/// again is the same trial, with the time it had; `eat` says when that ends.
#[utoipa::path(post, path = "/v3/trial-activations", tag = "Machine API", operation_id = "beginTrial",
    request_body = TrialBody,
    responses(
        (status = 200, description = "The trial's token.", body = TokenResponse),
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
        let request = TrialRequest::parse(&read_json(body).await?)?;
        activation_response(machine::start_trial(&service, &request, client_ip(caller)).await, &id)
    };
    run.await.unwrap_or_else(MachineApiError::answer)
}
