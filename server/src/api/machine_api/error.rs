//! Errors of the machine API: `{"message", "code"}` (machine API contract).

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::machine::AdmissionError;
use domain::{FieldError, Scope};
use http::{HeaderValue, StatusCode, header};
use service::Error;

use super::schema::ErrorBody;
use crate::api::body::BodyError;
use crate::api::error_log;
use crate::middleware::request_id::RequestId;

/// The reason why a request of the machine API failed.
#[derive(Debug)]
pub enum MachineApiError {
    /// No license has this key.
    InvalidLicenseKey,
    /// The license is for another product, or there is no such product.
    InvalidProductId,
    /// The license was revoked.
    RevokedLicense,
    /// The machine limit is reached.
    ActivationLimitReached,
    /// The fingerprint belongs to another machine.
    InvalidFingerprint,
    /// The product's machine rules refuse the machine.
    NotAdmitted(AdmissionError),
    /// More would be used than a meter allows.
    MeterExhausted,
    /// The license's deactivation limit is reached.
    DeactivationLimitReached,
    /// The product does not allow trials.
    TrialNotAllowed,
    /// The product's trial limit is reached.
    TrialLimitReached,
    /// The offline request file is invalid.
    InvalidOfflineRequest,
    /// The bearer token is missing, unknown or revoked.
    Unauthenticated,
    /// The token's role does not allow it.
    Forbidden,
    /// The token lacks the scope.
    MissingScope(Scope),
    /// A field is missing or invalid; the message names it.
    Validation(String),
    /// The activation does not exist. The client deletes its token.
    NotFound,
    /// The body did not arrive in time.
    TooSlow,
    /// The body is over 64 KiB.
    TooLarge,
    /// Too many requests.
    RateLimited,
    /// The endpoint does not allow the method.
    MethodNotAllowed,
    /// An internal error, logged with this request id.
    Internal(String),
    /// The database is unavailable; logged with this request id.
    Unavailable(String),
}

impl MachineApiError {
    /// Converts an error of a use case. Logs internal errors with the request id.
    pub fn from_service(error: service::Error, id: &RequestId) -> Self {
        match error {
            Error::Invalid(errors) => errors.into_iter().next().map_or_else(
                || Self::Validation("The request is not valid.".into()),
                |error| Self::Validation(error.message),
            ),
            Error::NotFound => Self::NotFound,
            Error::Forbidden => Self::Forbidden,
            error if error_log::log_service_error(&error, id) => Self::Unavailable(id.0.clone()),
            _ => Self::Internal(id.0.clone()),
        }
    }

    /// Returns status, machine-readable code and message (machine API contract).
    fn parts(self) -> (u16, &'static str, String) {
        match self {
            Self::InvalidLicenseKey => (400, "INVALID_LICENSE_KEY", "The license key is invalid.".to_owned()),
            Self::InvalidProductId => (400, "INVALID_PRODUCT_ID", "The product id is invalid.".to_owned()),
            Self::RevokedLicense => (400, "REVOKED_LICENSE", "The license has been revoked.".to_owned()),
            Self::ActivationLimitReached => {
                (400, "ACTIVATION_LIMIT_REACHED", "The license has reached its activation limit.".to_owned())
            }
            Self::InvalidFingerprint => {
                (400, "INVALID_ACTIVATION_FINGERPRINT", "The fingerprint is not the activation's.".to_owned())
            }
            Self::NotAdmitted(AdmissionError::Vm) => (
                400,
                "VM_ACTIVATION_NOT_ALLOWED",
                "The license can't be used on virtual machines.".to_owned(),
            ),
            Self::NotAdmitted(AdmissionError::Container) => (
                400,
                "CONTAINER_ACTIVATION_NOT_ALLOWED",
                "The license can't be used in containers.".to_owned(),
            ),
            Self::NotAdmitted(AdmissionError::Address) => {
                (400, "IP_ADDRESS_NOT_ALLOWED", "The license can't be used from this address.".to_owned())
            }
            Self::MeterExhausted => (
                400,
                "METER_ATTRIBUTE_USES_LIMIT_REACHED",
                "The meter attribute has reached its allowed uses.".to_owned(),
            ),
            Self::DeactivationLimitReached => (
                409,
                "DEACTIVATION_LIMIT_REACHED",
                "The license has reached its deactivation limit.".to_owned(),
            ),
            Self::TrialNotAllowed => {
                (400, "TRIAL_NOT_ALLOWED", "The product does not allow trial activations.".to_owned())
            }
            Self::TrialLimitReached => (
                400,
                "TRIAL_ACTIVATION_LIMIT_REACHED",
                "The product has reached its trial activation limit.".to_owned(),
            ),
            Self::InvalidOfflineRequest => {
                (400, "INVALID_OFFLINE_REQUEST", "The offline request is invalid.".to_owned())
            }
            Self::Unauthenticated => {
                (401, "UNAUTHORIZED", "An API token is required: Authorization: Bearer cs_….".to_owned())
            }
            Self::Forbidden => (403, "FORBIDDEN", "The API token's role does not allow this.".to_owned()),
            Self::MissingScope(scope) => {
                (403, "FORBIDDEN", format!("The access token lacks the scope {scope}."))
            }
            Self::Validation(message) => (400, "VALIDATION_ERROR", message),
            Self::NotFound => (404, "NOT_FOUND", "There is no such resource.".to_owned()),
            Self::TooSlow => (408, "REQUEST_TIMEOUT", "The request body did not arrive in time.".to_owned()),
            Self::TooLarge => {
                (413, "PAYLOAD_TOO_LARGE", "The request body must not exceed 64 KiB.".to_owned())
            }
            Self::RateLimited => {
                (429, "RATE_LIMIT_EXCEEDED", "Too many requests. Please try again later.".to_owned())
            }
            Self::MethodNotAllowed => {
                (405, "METHOD_NOT_ALLOWED", "This method is not allowed here.".to_owned())
            }
            Self::Internal(id) => {
                (500, "SERVER_ERROR", format!("Something went wrong on our side. Request id: {id}."))
            }
            Self::Unavailable(id) => {
                (503, "SERVER_ERROR", format!("The service is not available just now. Request id: {id}."))
            }
        }
    }
}

impl IntoResponse for MachineApiError {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(ErrorBody { message, code })).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<FieldError> for MachineApiError {
    fn from(error: FieldError) -> Self {
        Self::Validation(error.message)
    }
}

impl From<BodyError> for MachineApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::TooLarge,
            BodyError::TooSlow => Self::TooSlow,
            BodyError::Broken => Self::Validation("The request body could not be read.".into()),
        }
    }
}

/// Responds to an unknown path.
pub async fn not_found() -> Response {
    MachineApiError::NotFound.into_response()
}

/// Responds to a method that the endpoint does not allow. axum adds the `Allow` header.
pub async fn method_not_allowed() -> Response {
    MachineApiError::MethodNotAllowed.into_response()
}
