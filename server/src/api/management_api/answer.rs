//! Successful responses: status, `Location`, and JSON with its content type.

use axum::response::{IntoResponse as _, Response};
use domain::Timestamp;
use http::{HeaderValue, StatusCode, header};
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::content_type::JSON;
use super::error::{ManagementError, Result};

/// Answers 200 with a body.
///
/// # Errors
/// Returns an error if the value cannot be written as JSON.
pub fn ok(value: &impl Serialize) -> Result<Response> {
    with_status(StatusCode::OK, value)
}

/// Answers 201 with a body and the path of the new row, such as `/v3/licenses/…`.
///
/// # Errors
/// Returns an error if the value cannot be written as JSON.
pub fn created(location: &str, value: &impl Serialize) -> Result<Response> {
    let mut response = with_status(StatusCode::CREATED, value)?;
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Answers 204: neither body nor content type.
#[must_use]
pub fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn with_status(status: StatusCode, value: &impl Serialize) -> Result<Response> {
    let body = serde_json::to_vec(value)
        .map_err(|error| ManagementError::Service(service::Error::Internal(format!("JSON: {error}"))))?;
    Ok((status, [(header::CONTENT_TYPE, JSON)], body).into_response())
}

/// A time in a body: RFC 3339 in UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.rfc3339_millis())
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for Time {
    fn schemas(_: &mut Vec<(String, RefOr<Schema>)>) {}
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds() {
        let at = Time(Timestamp::from_millis(1_768_473_000_007));
        assert_eq!(serde_json::to_string(&at).expect("JSON"), r#""2026-01-15T10:30:00.007Z""#);
    }
}
