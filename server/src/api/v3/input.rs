//! Bodies and callers of this dialect. What is in a body is read by the service,
//! since offline files hold the same.

use axum::Extension;
use axum::body::Body;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use domain::ActivationId;
use domain::fields::Fields;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use service::{Actor, Service, api_token};

use super::answer::Refusal;
use crate::api::body;
use crate::middleware::client::{Caller, Client};
use crate::middleware::request_id::RequestId;

/// A JSON object, whatever its content type; an empty body is an empty object.
pub async fn read(body: Body) -> Result<Fields, Refusal> {
    Ok(Fields::parse(&body::read(body).await?)?)
}

/// What a path names; not what axum says of a path that is no UTF-8.
pub type Named = Result<Path<String>, PathRejection>;

/// The id in a path. One that is none is nobody's.
pub fn named(path: Named) -> Result<ActivationId, Refusal> {
    path.map_err(|_| Refusal::NotFound).and_then(|Path(id)| activation(&id))
}

/// An id that is none is nobody's.
pub fn activation(id: &str) -> Result<ActivationId, Refusal> {
    id.parse().map_err(|_| Refusal::NotFound)
}

/// The client's address, for the audit log.
pub fn ip(caller: Caller) -> Option<String> {
    caller.map(|Extension(Client(ip))| ip.to_string())
}

/// Who a bearer token speaks for (RFC 6750, 2.1).
pub async fn bearer(service: &Service, headers: &HeaderMap, id: &RequestId) -> Result<Actor, Refusal> {
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::Unauthenticated);
    }
    match api_token::authenticate(service, token.trim()).await {
        Ok(Some(actor)) => Ok(actor),
        Ok(None) => Err(Refusal::Unauthenticated),
        Err(error) => Err(Refusal::of(error, id)),
    }
}
