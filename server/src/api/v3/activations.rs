//! `POST /v3/activations`, `PATCH` and `DELETE /v3/activations/:id`, and
//! `POST /v3/activations/:id/deactivate`.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use domain::ActivationId;
use http::StatusCode;
use serde::Serialize;
use service::machine::{self, Answer, Deactivated};
use service::{Result, Service};

use super::answer::Refusal;
use super::input::Object;
use crate::middleware::client::Client;
use crate::middleware::request_id::RequestId;

#[derive(Serialize)]
struct Token {
    #[serde(rename = "activationToken")]
    activation_token: String,
}

type Caller = Option<Extension<Client>>;

pub async fn create(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    caller: Caller,
    body: Body,
) -> Response {
    let run = async {
        let request = Object::read(body).await?.request()?;
        answered(machine::activate(&service, &request, ip(caller)).await, &id)
    };
    run.await.unwrap_or_else(Refusal::answer)
}

pub async fn sync(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    Path(activation): Path<String>,
    body: Body,
) -> Response {
    let run = async {
        let activation = parse(&activation)?;
        let request = Object::read(body).await?.request()?;
        answered(machine::sync(&service, activation, &request).await, &id)
    };
    run.await.unwrap_or_else(Refusal::answer)
}

pub async fn delete(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    caller: Caller,
    Path(activation): Path<String>,
) -> Response {
    let run = async {
        let activation = parse(&activation)?;
        freed(machine::deactivate(&service, activation, None, ip(caller)).await, &id)
    };
    run.await.unwrap_or_else(Refusal::answer)
}

pub async fn deactivate(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    caller: Caller,
    Path(activation): Path<String>,
    body: Body,
) -> Response {
    let run = async {
        let activation = parse(&activation)?;
        let object = Object::read(body).await?;
        let proof = if object.is_empty() { None } else { Some(object.proof()?) };
        freed(machine::deactivate(&service, activation, proof.as_ref(), ip(caller)).await, &id)
    };
    run.await.unwrap_or_else(Refusal::answer)
}

/// An id that is none is nobody's.
fn parse(id: &str) -> Result<ActivationId, Refusal> {
    id.parse().map_err(|_| Refusal::NotFound)
}

fn ip(caller: Caller) -> Option<String> {
    caller.map(|Extension(Client(ip))| ip.to_string())
}

fn answered(answer: Result<Answer>, id: &RequestId) -> Result<Response, Refusal> {
    match answer {
        Ok(Answer::Token(activation_token)) => Ok(Json(Token { activation_token }).into_response()),
        Ok(Answer::InvalidKey) => Err(Refusal::InvalidLicenseKey),
        Ok(Answer::InvalidProduct) => Err(Refusal::InvalidProductId),
        Ok(Answer::Revoked) => Err(Refusal::RevokedLicense),
        Ok(Answer::LimitReached) => Err(Refusal::ActivationLimitReached),
        Ok(Answer::InvalidFingerprint) => Err(Refusal::InvalidFingerprint),
        Ok(Answer::Gone) => Err(Refusal::NotFound),
        Err(error) => Err(Refusal::of(&error, id)),
    }
}

fn freed(done: Result<Deactivated>, id: &RequestId) -> Result<Response, Refusal> {
    match done {
        Ok(Deactivated::Freed) => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(Deactivated::Gone) => Err(Refusal::NotFound),
        Err(error) => Err(Refusal::of(&error, id)),
    }
}
