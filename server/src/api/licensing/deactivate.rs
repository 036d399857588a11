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
use crate::middleware::client::Client;
use crate::middleware::request_id::RequestId;

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
