//! Receives an event of a shop.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use domain::ShopConnectionId;
use domain::purchase::ShopProvider;
use http::HeaderMap;
use serde_json::{Value, json};
use service::Service;
use service::purchase::{self, Received};

use super::error::HookError;
use crate::api::body;
use crate::middleware::request_id::RequestId;

/// Maximum size of an event in bytes. Invoices with many lines have about 100 KiB.
const MAX_BYTES: usize = 256 * 1024;

/// Checks the signature over the bytes of the body as they came, and applies the event once.
///
/// # Errors
/// See [`HookError`]. The provider then sends the event again.
pub async fn receive(
    State(service): State<Service>,
    id: RequestId,
    Path((provider, connection)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, HookError> {
    let provider: ShopProvider = provider.parse().map_err(|_| HookError::UnknownConnection)?;
    let connection: ShopConnectionId = connection.parse().map_err(|_| HookError::UnknownConnection)?;
    let bytes = body::read_body_up_to(body, MAX_BYTES).await?;
    let signature = headers.get(provider.signature_header()).and_then(|value| value.to_str().ok());
    let received = purchase::receive(&service, provider, connection, signature, &bytes).await;
    match received.map_err(|error| HookError::from_service(&error, &id))? {
        Received::Applied(_) | Received::Repeated => Ok(Json(json!({ "received": true }))),
        Received::UnknownConnection => Err(HookError::UnknownConnection),
        Received::BadSignature => Err(HookError::BadSignature),
        Received::BacklogFull => Err(HookError::BacklogFull),
    }
}
