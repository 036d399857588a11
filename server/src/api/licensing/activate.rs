//! `POST /activate`.

use axum::Extension;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use serde::Serialize;
use service::Service;
use service::activation::Activation;

use super::answer::{Dialect, Refusal};
use super::input::Fields;
use super::schema::{Failure, KeyAndDomain, Success};
use crate::middleware::client::Client;
use crate::middleware::request_id::RequestId;

/// Success of activate and of deactivate.
#[derive(Serialize)]
pub(super) struct Done<'a> {
    pub success: bool,
    pub message: &'static str,
    pub domain: &'a str,
    pub license_key: &'a str,
}

/// Activate a license on a domain
///
/// Takes a slot of the domain limit. The same domain again is answered alike and takes no
/// second slot.
#[utoipa::path(post, path = "/activate", tag = "Domain API", operation_id = "activateDomain",
    request_body = KeyAndDomain,
    responses(
        (status = 200, description = "Active on the domain.", body = Success),
        (status = 400, description = "`invalid_json`", body = Failure),
        (status = 404, description = "`invalid_key`", body = Failure),
        (status = 408, description = "The body did not arrive in time.", body = Failure),
        (status = 413, description = "The body is over 64 KiB.", body = Failure),
        (status = 422, description = "`expired`, `suspended`, `revoked`, `domain_limit_reached` or `validation_error`", body = Failure),
        (status = 429, description = "Over the limit of requests a minute.", body = Failure),
    ))]
pub async fn activate(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    client: Option<Extension<Client>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    run(&service, &id, client.map(|c| c.0), &headers, body)
        .await
        .unwrap_or_else(|refusal| refusal.answer(Dialect::Others))
}

async fn run(
    service: &Service,
    id: &RequestId,
    client: Option<Client>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (key, domain) = Fields::of_body(headers, body).await?.key_and_domain()?;
    let ip = client.map(|c| c.0.to_string());
    match service::activation::activate(service, &key, &domain, ip).await {
        Ok(Activation::Active) => Ok(Json(Done {
            success: true,
            message: "License activated successfully on domain.",
            domain: domain.as_str(),
            license_key: key.expose(),
        })
        .into_response()),
        Ok(Activation::InvalidKey) => Err(Refusal::InvalidKey),
        Ok(Activation::Refused(refusal)) => Err(Refusal::Activation(refusal)),
        Err(error) => Err(Refusal::of(&error, id)),
    }
}
