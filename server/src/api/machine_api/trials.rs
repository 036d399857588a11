//! `POST /v3/trial-activations`.

use axum::extract::State;
use axum::response::Response;
use service::Service;
use service::machine::{self, TrialRequest};

use super::activations::{TokenResponse, activation_response};
use super::error::MachineApiError;
use super::extract::JsonBody;
use super::schema::{BodyErrors, ErrorBody, RateLimited, TrialBody};
use crate::middleware::client_ip::MaybeClientIp;
use crate::middleware::request_id::RequestId;

/// Start a trial
///
/// An activation without a license key, if the product allows trials. A repeated request of the
/// same machine returns the same trial with its original end, which is the token's `eat`.
#[utoipa::path(post, path = "/v3/trial-activations", tag = "Machine API", operation_id = "beginTrial",
    request_body = TrialBody,
    responses(
        (status = 200, description = "The trial's token.", body = TokenResponse),
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
    let request = TrialRequest::parse(&fields)?;
    activation_response(machine::start_trial(&service, &request, ip.to_text()).await, &id)
}
