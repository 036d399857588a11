//! `POST /v3/trial-activations`.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use service::Service;
use service::machine::{self, TrialRequest};

use super::activations::{Token, answered};
use super::answer::Refusal;
use super::input::{ip, read};
use super::schema::{Problem, TrialBody};
use crate::middleware::client::Caller;
use crate::middleware::request_id::RequestId;

/// Begin a trial
///
/// An activation without a license key, where the product allows trials. The same machine
/// again is the same trial, with the time it had; `eat` says when that ends.
#[utoipa::path(post, path = "/v3/trial-activations", tag = "Machine API", operation_id = "beginTrial",
    request_body = TrialBody,
    responses(
        (status = 200, description = "The trial's token.", body = Token),
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
        let request = TrialRequest::read(&read(body).await?)?;
        answered(machine::begin_trial(&service, &request, ip(caller)).await, &id)
    };
    run.await.unwrap_or_else(Refusal::answer)
}
