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
