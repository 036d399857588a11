//! Bodies and callers of this dialect. What is in a body is read by the service,
//! since offline files hold the same.

use axum::Extension;
use axum::body::Body;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use domain::ActivationId;
use domain::json_fields::Fields;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use service::{Actor, Service, api_token};

use super::error::MachineApiError;
use crate::api::body;
use crate::middleware::client_ip::{ClientIp, MaybeClientIp};
use crate::middleware::request_id::RequestId;

/// A JSON object, whatever its content type; an empty body is an empty object.
pub async fn read_json(body: Body) -> Result<Fields, MachineApiError> {
    Ok(Fields::parse(&body::read_body(body).await?)?)
}

/// What a path names; not what axum says of a path that is no UTF-8.
pub type PathId = Result<Path<String>, PathRejection>;

/// The id in a path. One that is none is nobody's.
pub fn parse_path_id(path: PathId) -> Result<ActivationId, MachineApiError> {
    path.map_err(|_| MachineApiError::NotFound).and_then(|Path(id)| parse_activation_id(&id))
}

/// An id that is none is nobody's.
pub fn parse_activation_id(id: &str) -> Result<ActivationId, MachineApiError> {
    id.parse().map_err(|_| MachineApiError::NotFound)
}

/// The client's address, for the audit log.
pub fn client_ip(caller: MaybeClientIp) -> Option<String> {
    caller.map(|Extension(ClientIp(ip))| ip.to_string())
}

/// Who a bearer token speaks for (RFC 6750, 2.1).
pub async fn authenticate_bearer(
    service: &Service,
    headers: &HeaderMap,
    id: &RequestId,
) -> Result<Actor, MachineApiError> {
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(MachineApiError::Unauthenticated);
    }
    match api_token::authenticate(service, token.trim()).await {
        Ok(Some(actor)) => Ok(actor),
        Ok(None) => Err(MachineApiError::Unauthenticated),
        Err(error) => Err(MachineApiError::from_service(error, id)),
    }
}
