//! Extractors of the machine API. The service parses the fields of a body, because offline
//! request files hold the same fields.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use domain::json_fields::Fields;
use domain::{ActivationId, Scope};
use http::request::Parts;
use service::{Actor, Service, access};

use super::error::MachineApiError;
use crate::api::body;
use crate::middleware::bearer::bearer_token;
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

/// A JSON object body. The content type is not checked; an empty body is an empty object.
pub struct JsonBody(pub Fields);

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = MachineApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, MachineApiError> {
        Ok(Self(Fields::parse(&body::read_body(request.into_body()).await?)?))
    }
}

/// The text of the path parameter. A text that is not UTF-8 is answered with `NOT_FOUND`.
pub struct PathText(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = MachineApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, MachineApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(text)| Self(text)).map_err(|_| MachineApiError::NotFound)
    }
}

/// The activation id in the path.
pub struct ActivationIdPath(pub ActivationId);

impl<S: Send + Sync> FromRequestParts<S> for ActivationIdPath {
    type Rejection = MachineApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, MachineApiError> {
        let PathText(text) = PathText::from_request_parts(parts, state).await?;
        parse_activation_id(&text).map(Self)
    }
}

/// Parses an activation id. A malformed id is answered like an unknown id.
pub fn parse_activation_id(text: &str) -> Result<ActivationId, MachineApiError> {
    text.parse().map_err(|_| MachineApiError::NotFound)
}

/// The actor that the bearer token authenticates (RFC 6750, section 2.1). The token needs the scope
/// `license:write`.
pub struct BearerActor(pub Actor);

impl FromRequestParts<Service> for BearerActor {
    type Rejection = MachineApiError;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, MachineApiError> {
        let Some(token) = bearer_token(&parts.headers) else {
            return Err(MachineApiError::Unauthenticated);
        };
        match access::authenticate(service, token).await {
            Ok(Some(access)) if access.scopes.contains(Scope::LICENSE_WRITE) => {
                let ip = parts.extensions.get::<ClientIp>().map(|ClientIp(ip)| ip.to_string());
                Ok(Self(access.actor.clone().with_ip(ip)))
            }
            Ok(Some(_)) => Err(MachineApiError::MissingScope(Scope::LICENSE_WRITE)),
            Ok(None) => Err(MachineApiError::Unauthenticated),
            Err(error) => {
                let id = parts.extensions.get::<RequestId>().cloned().unwrap_or_default();
                Err(MachineApiError::from_service(error, &id))
            }
        }
    }
}
