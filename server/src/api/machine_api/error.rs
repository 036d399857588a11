//! Errors in this dialect's shape.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use domain::FieldError;
use domain::machine::AdmissionError;
use http::{HeaderValue, StatusCode, header};
use service::Error;

use super::schema::ErrorBody;
use crate::api::body::BodyError;
use crate::api::error_log;
use crate::middleware::request_id::RequestId;

/// Why a request got no success.
#[derive(Debug)]
pub enum MachineApiError {
    /// No license has this key.
    InvalidLicenseKey,
    /// The license is for another product, or there is no such product.
    InvalidProductId,
    /// The license was revoked.
    RevokedLicense,
    /// No seat is free.
    ActivationLimitReached,
    /// The fingerprint is none, or another machine's.
    InvalidFingerprint,
    /// The product lets no such machine in.
    NotAdmitted(AdmissionError),
    /// More would be used than a meter allows.
    MeterExhausted,
    /// The license's clients have deactivated as often as they may.
    DeactivationLimitReached,
    /// The product has no trials.
    TrialNotAllowed,
    /// The product's trials are used up.
    TrialLimitReached,
    /// The request file is none.
    InvalidOfflineRequest,
    /// No bearer token, or none in force.
    Unauthenticated,
    /// The token's role does not allow it.
    Forbidden,
    /// A field is missing or wrong; the message names it.
    Validation(String),
    /// The activation is not there: the client forgets its token.
    NotFound,
    /// The body did not arrive in time.
    TooSlow,
    /// The body is over 64 KiB.
    TooLarge,
    /// Too many requests.
    RateLimited,
    /// Another method is allowed here.
    MethodNotAllowed,
    /// Our fault, logged under the request's id.
    Internal(String),
    /// The database is not there just now; logged under the request's id.
    Unavailable(String),
}

impl MachineApiError {
    /// Of what a use case could not do; what is our fault is logged.
    pub fn from_service(error: service::Error, id: &RequestId) -> Self {
        match error {
            Error::Invalid(faults) => faults.into_iter().next().map_or_else(
                || Self::Validation("The request is not valid.".into()),
                |fault| Self::Validation(fault.message),
            ),
            Error::NotFound => Self::NotFound,
            Error::Forbidden => Self::Forbidden,
            error if error_log::log_service_error(&error, id) => Self::Unavailable(id.0.clone()),
            _ => Self::Internal(id.0.clone()),
        }
    }

    /// The answer.
    pub fn answer(self) -> Response {
        let (status, code, message) = match self {
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
        };
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
    fn from(invalid: FieldError) -> Self {
        Self::Validation(invalid.message)
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

/// There is nothing at this path.
pub async fn not_found() -> Response {
    MachineApiError::NotFound.answer()
}

/// Another method is allowed here; axum adds which.
pub async fn method_not_allowed() -> Response {
    MachineApiError::MethodNotAllowed.answer()
}
