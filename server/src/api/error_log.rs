//! Logging of internal errors: once per request, with the request id that the client sees.

use crate::middleware::request_id::RequestId;

/// Logs an internal error with its request id. Returns whether a retry may succeed.
pub fn log_service_error(error: &service::Error, id: &RequestId) -> bool {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(reference = %id.0, %error, ?cause, "API request failed");
    matches!(error, service::Error::Unavailable(_))
}
