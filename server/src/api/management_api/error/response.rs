//! The response of an error, and the log of an internal one.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use service::Error;

use super::management_error::ManagementError;
use crate::api::error_log;
use crate::api::management_api::content_type::JSON;
use crate::middleware::request_id::RequestId;

/// The body of every error.
#[derive(Serialize)]
struct ErrorBody<'a> {
    message: &'a str,
    code: &'a str,
}

fn body_response(status: StatusCode, message: &str, code: &str) -> Response {
    // Two texts are always written.
    let body = serde_json::to_vec(&ErrorBody { message, code }).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, JSON)], body).into_response()
}

/// A failure that [`finish`] logs. Travels in the extensions of a response.
#[derive(Clone)]
enum Failure {
    Service(Arc<Error>),
    TimedOut,
}

impl IntoResponse for ManagementError {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let mut response = body_response(status, &message, code);
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        match self {
            Self::RateLimited(seconds) => {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Self::Service(error) => {
                response.extensions_mut().insert(Failure::Service(Arc::new(error)));
            }
            Self::TimedOut => {
                response.extensions_mut().insert(Failure::TimedOut);
            }
            _ => {}
        }
        response
    }
}

/// Completes the response of a failure: logs it once, with the request id that the body names.
pub(in crate::api::management_api) fn finish(response: Response, id: &RequestId) -> Response {
    let Some(failure) = response.extensions().get::<Failure>().cloned() else { return response };
    match &failure {
        Failure::Service(error) => {
            error_log::log_service_error(error, id);
        }
        Failure::TimedOut => tracing::error!(reference = %id.0, "API request exceeded its timeout"),
    }
    let text = if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        "The service is not available just now."
    } else {
        "Something went wrong on our side."
    };
    let message = format!("{text} Request id: {}.", id.0);
    let mut finished = body_response(response.status(), &message, "SERVER_ERROR");
    if let Some(wait) = response.headers().get(header::RETRY_AFTER) {
        finished.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    finished
}

/// Responds to a method of a resource that is not offered.
pub async fn not_found() -> ManagementError {
    ManagementError::NotFound
}

/// Responds to a method that the path does not have. axum adds the `Allow` header.
pub async fn method_not_allowed() -> ManagementError {
    ManagementError::MethodNotAllowed
}
