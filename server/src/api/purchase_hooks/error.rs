//! Errors of the receivers of events: `{"error", "message"}`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::api::body::BodyError;
use crate::api::error_log;
use crate::middleware::request_id::RequestId;

/// When an event is welcome again of a shop whose backlog is full, in seconds.
const BACKLOG_RETRY_SECONDS: u64 = 3600;

/// Why an event was not taken.
#[derive(Debug)]
pub enum HookError {
    /// There is no such connection.
    UnknownConnection,
    /// The signature does not prove that the provider sent it. Does not tell whether it is missing, wrong or old.
    BadSignature,
    /// The body broke off. A whole one that cannot be read is logged, and answered as others.
    UnreadableBody,
    /// The body is over 256 KiB.
    TooLarge,
    /// The body did not arrive in time.
    TooSlow,
    /// Too many requests; the wait in seconds.
    RateLimited(u64),
    /// The seller is suspended, and too many of its events wait already.
    BacklogFull,
    /// An internal error, logged with this request id.
    Internal(String),
    /// The database is unavailable; logged with this request id.
    Unavailable(String),
}

impl HookError {
    /// Converts an error of the use case, and logs it with the request id.
    pub fn from_service(error: &service::Error, id: &RequestId) -> Self {
        if error_log::log_service_error(error, id) {
            Self::Unavailable(id.0.clone())
        } else {
            Self::Internal(id.0.clone())
        }
    }

    /// Returns status, code and message.
    pub(super) fn parts(&self) -> (StatusCode, &'static str, String) {
        match self {
            Self::UnknownConnection => (
                StatusCode::NOT_FOUND,
                "unknown_connection",
                "No shop is connected at this address. Copy the address from the dashboard again.".to_owned(),
            ),
            Self::BadSignature => (
                StatusCode::UNAUTHORIZED,
                "invalid_signature",
                "The signature is not valid. Compare the signing secret in the dashboard with the provider's."
                    .to_owned(),
            ),
            Self::UnreadableBody => (
                StatusCode::BAD_REQUEST,
                "unreadable_body",
                "The request body could not be read.".to_owned(),
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "payload_too_large",
                "The body must not exceed 256 KiB.".to_owned(),
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "request_timeout",
                "The body did not arrive in time.".to_owned(),
            ),
            Self::RateLimited(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limit_exceeded",
                "Too many requests. Please try again later.".to_owned(),
            ),
            Self::BacklogFull => (
                StatusCode::SERVICE_UNAVAILABLE,
                "backlog_full",
                "Too many events of this shop wait. Send this one again later.".to_owned(),
            ),
            Self::Internal(id) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal_error",
                format!("Something went wrong on our side. Request id: {id}."),
            ),
            Self::Unavailable(id) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                format!("The service is not available just now. Request id: {id}."),
            ),
        }
    }
}

impl IntoResponse for HookError {
    fn into_response(self) -> Response {
        let (status, error, message) = self.parts();
        let mut response = (status, Json(json!({ "error": error, "message": message }))).into_response();
        let retry_after = match self {
            Self::RateLimited(seconds) => Some(seconds),
            Self::Unavailable(_) => Some(1),
            Self::BacklogFull => Some(BACKLOG_RETRY_SECONDS),
            _ => None,
        };
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<BodyError> for HookError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::TooLarge,
            BodyError::TooSlow => Self::TooSlow,
            BodyError::Broken => Self::UnreadableBody,
        }
    }
}
