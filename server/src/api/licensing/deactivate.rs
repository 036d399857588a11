//! `POST /deactivate`.

use axum::Extension;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use service::Service;
use service::activation::Deactivation;

use super::activate::Done;
use super::answer::{Dialect, Refusal};
use super::input::Fields;
use super::schema::{Failure, KeyAndDomain, Success};
use crate::middleware::client::Client;
use crate::middleware::request_id::RequestId;

/// Deactivate a domain
///
/// Frees the domain's slot, whatever the standing of the license.
#[utoipa::path(post, path = "/deactivate", tag = "Domain API", operation_id = "deactivateDomain",
    request_body = KeyAndDomain,
    responses(
        (status = 200, description = "The slot is free.", body = Success),
        (status = 400, description = "`invalid_json`", body = Failure),
        (status = 404, description = "`invalid_key`", body = Failure),
        (status = 408, description = "The body did not arrive in time.", body = Failure),
        (status = 413, description = "The body is over 64 KiB.", body = Failure),
        (status = 422, description = "`domain_not_found` or `validation_error`", body = Failure),
        (status = 429, description = "Over the limit of requests a minute.", body = Failure),
    ))]
pub async fn deactivate(
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
    match service::activation::deactivate(service, &key, &domain, ip).await {
        Ok(Deactivation::Freed) => Ok(Json(Done {
            success: true,
            message: "Domain deactivated successfully.",
            domain: domain.as_str(),
            license_key: key.expose(),
        })
        .into_response()),
        Ok(Deactivation::InvalidKey) => Err(Refusal::InvalidKey),
        Ok(Deactivation::DomainNotFound) => Err(Refusal::DomainNotFound),
        Err(error) => Err(Refusal::of(&error, id)),
    }
}
