//! What a dialect does about a failure of ours: it is logged here, once, and the
//! client is told its reference.

use crate::middleware::request_id::RequestId;

/// Logs a failure under its request's id. Whether trying again may help.
pub fn log_service_error(error: &service::Error, id: &RequestId) -> bool {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(reference = %id.0, %error, ?cause, "an API request failed");
    matches!(error, service::Error::Unavailable(_))
}
