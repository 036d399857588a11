//! Errors of the domain API and their JSON bodies (domain API contract).

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::FieldError;
use domain::activation;
use http::{HeaderValue, StatusCode, header};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::api::error_log;
use crate::middleware::request_id::RequestId;

/// The shape of an error body: `/verify` adds `valid: false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorShape {
    /// `/verify`.
    Valid,
    /// `/activate`, `/deactivate` and `/status`.
    Success,
}

/// The reason why a request of the domain API failed.
#[derive(Debug)]
pub enum DomainApiError {
    /// No license has this key.
    InvalidKey,
    /// The license's standing or its domain limit refuses the activation.
    Activation(activation::Refusal),
    /// The license is not active on the domain to deactivate.
    DomainNotFound,
    /// Fields are missing or invalid.
    Validation(Vec<FieldError>),
    /// The body is not JSON.
    InvalidJson,
    /// The body is no valid multipart form.
    InvalidMultipart,
    /// The body is not JSON, and no form has this content type.
    UnsupportedBody(String),
    /// The body is over 64 KiB.
    TooLarge,
    /// The body did not arrive in time.
    TooSlow,
    /// The endpoint does not allow the method.
    MethodNotAllowed,
    /// No endpoint has this path.
    NotFound,
    /// The client exceeded its rate limit; the value is the wait in seconds.
    RateLimited(u64),
    /// An internal error, logged with this request id.
    Internal(String),
    /// The database is unavailable; logged with this request id.
    Unavailable(String),
}

#[derive(Serialize)]
struct ErrorBody {
    success: bool,
    error: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<SerializedFieldErrors>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid: Option<bool>,
}

/// The body of `/verify` for an unknown key. It has no message (domain API contract).
#[derive(Serialize)]
struct VerifyErrorBody {
    valid: bool,
    error: &'static str,
}

/// Field errors as a JSON object, in the order of the checks.
struct SerializedFieldErrors(Vec<FieldError>);

impl Serialize for SerializedFieldErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for fault in &self.0 {
            map.serialize_entry(fault.field, &[&fault.message])?;
        }
        map.end()
    }
}

impl DomainApiError {
    /// Logs an error of a use case with the request id and converts it.
    pub fn from_service(error: &service::Error, id: &RequestId) -> Self {
        let is_retryable = error_log::log_service_error(error, id);
        if is_retryable { Self::Unavailable(id.0.clone()) } else { Self::Internal(id.0.clone()) }
    }

    /// Returns status, machine-readable code and message.
    fn parts(&self) -> (StatusCode, &'static str, String) {
        use activation::Refusal as R;
        let (status, code, message) = match self {
            Self::InvalidKey => (404, "invalid_key", "The provided license key does not exist."),
            Self::Activation(R::Expired) => {
                (422, "expired", "This license has expired and cannot be activated.")
            }
            Self::Activation(R::Suspended) => (422, "suspended", "This license has been suspended."),
            Self::Activation(R::Revoked) => {
                (422, "revoked", "This license has been revoked and cannot be activated.")
            }
            Self::Activation(R::LimitReached) => (
                422,
                "domain_limit_reached",
                "This license has reached its maximum number of activated domains.",
            ),
            Self::DomainNotFound => {
                (422, "domain_not_found", "The specified domain is not activated on this license.")
            }
            Self::Validation(faults) => {
                let first = faults.first().map(|field| field.message.clone()).unwrap_or_default();
                return (StatusCode::UNPROCESSABLE_ENTITY, "validation_error", first);
            }
            Self::InvalidJson => (400, "invalid_json", "The request body must be valid JSON."),
            Self::InvalidMultipart => (400, "invalid_json", "The request body must be JSON or a valid form."),
            Self::UnsupportedBody(media_type) => {
                let message = format!(
                    "The request body must be JSON or a form. Its content type {media_type} is neither."
                );
                return (StatusCode::BAD_REQUEST, "invalid_json", message);
            }
            Self::TooLarge => (413, "payload_too_large", "The request body must not exceed 64 KiB."),
            Self::TooSlow => (408, "request_timeout", "The request body did not arrive in time."),
            Self::MethodNotAllowed => {
                (405, "method_not_allowed", "This method is not allowed for this endpoint.")
            }
            Self::NotFound => (404, "not_found", "There is no endpoint at this path."),
            Self::RateLimited(_) => {
                (429, "rate_limit_exceeded", "Too many requests. Please try again later.")
            }
            Self::Internal(id) => {
                let message = format!("Something went wrong on our side. Please quote the request id {id}.");
                return (StatusCode::INTERNAL_SERVER_ERROR, "server_error", message);
            }
            Self::Unavailable(id) => {
                let message =
                    format!("The service is not available just now. Please try again. Request id: {id}.");
                return (StatusCode::SERVICE_UNAVAILABLE, "server_error", message);
            }
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, code, message.to_owned())
    }

    /// Renders the error in the given shape.
    pub fn into_response_with(self, shape: ErrorShape) -> Response {
        let (status, error, message) = self.parts();
        let short = shape == ErrorShape::Valid && matches!(self, Self::InvalidKey);
        let wait = match self {
            Self::RateLimited(seconds) => Some(seconds),
            Self::Unavailable(_) => Some(1),
            _ => None,
        };
        let mut response = if short {
            (status, Json(VerifyErrorBody { valid: false, error })).into_response()
        } else {
            let request_id = match &self {
                Self::Internal(id) | Self::Unavailable(id) => Some(id.clone()),
                _ => None,
            };
            let errors = match self {
                Self::Validation(faults) => Some(SerializedFieldErrors(faults)),
                _ => None,
            };
            let valid = (shape == ErrorShape::Valid).then_some(false);
            let body = ErrorBody { success: false, error, message, errors, request_id, valid };
            (status, Json(body)).into_response()
        };
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
            // The server does not read the rest of the body.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Responds to an unknown path.
pub async fn not_found() -> Response {
    DomainApiError::NotFound.into_response()
}

impl IntoResponse for DomainApiError {
    fn into_response(self) -> Response {
        self.into_response_with(ErrorShape::Success)
    }
}

/// A [`DomainApiError`] in the shape of `/verify`.
#[derive(Debug)]
pub struct VerifyError(pub DomainApiError);

impl From<DomainApiError> for VerifyError {
    fn from(error: DomainApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for VerifyError {
    fn into_response(self) -> Response {
        self.0.into_response_with(ErrorShape::Valid)
    }
}
