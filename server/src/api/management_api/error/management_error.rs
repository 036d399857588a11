//! The reason why a request failed, with its status, code and message (management API contract, 1.3).

use domain::Scope;
use domain::camel_case::camel_case;
use http::StatusCode;
use service::Error;
use utoipa::ToSchema;

/// The body of every error, in the OpenAPI document.
#[derive(ToSchema)]
#[schema(as = v3::Error)]
#[allow(dead_code, reason = "a schema of the document")]
pub(in crate::api::management_api) struct ErrorSchema {
    /// A sentence for people. It names the field as the client wrote it.
    message: String,
    /// Machine-readable error code.
    code: String,
}

/// The result of a handler.
pub type Result<T, E = ManagementError> = std::result::Result<T, E>;

/// The code of a clash with another row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictCode {
    /// A customer has this e-mail address.
    DuplicateEmail,
    /// A license has this key.
    DuplicateKey,
    /// Another row of this kind has this name.
    DuplicateName,
    /// Other rows refer to this one, so that it can't be deleted.
    ResourceInUse,
    /// The first request with this idempotency key still runs.
    IdempotencyKeyInUse,
    /// The product's rule lets the customer free the machine later, or not without the seller.
    DeactivationLimitReached,
}

/// The reason why a request of the management API failed. An error of a use case converts by `?`.
#[derive(Debug)]
pub enum ManagementError {
    /// A field is missing or wrong; the message names it as the client wrote it.
    Validation(String),
    /// The product id in the body names no product of the account.
    InvalidProductId,
    /// The template id in the body names no template of the account.
    InvalidLicenseTemplateId,
    /// The trial policy id in the body names no policy of the account.
    InvalidTrialPolicyId,
    /// The user id in the body names no customer of the account.
    InvalidUserId,
    /// The organization id in the body names no organization of the account.
    InvalidOrganizationId,
    /// The license is revoked, and the change is not possible then.
    RevokedLicense,
    /// The license has no interval by which it could be renewed.
    LicenseNotRenewable,
    /// The template requires a pair of metadata that is missing; the value is its key.
    RequiredMetadataMissing(String),
    /// The value would promise what the server does not do; the message names field and remedy.
    NotSupported(String),
    /// A part of the sign-in is wrong. One answer for all parts.
    AuthenticationFailed,
    /// The sign-in needs a code of the second factor.
    TwoFactorCodeRequired,
    /// The bearer token is missing, malformed, unknown, expired or revoked.
    Unauthorized,
    /// The token lacks the scope.
    MissingScope(Scope),
    /// The token may not do this; the message says why.
    Forbidden(String),
    /// There is no such path or object in the account.
    NotFound,
    /// The path does not have the method.
    MethodNotAllowed,
    /// A creation or deletion clashes; see [`ManagementError::in_update`].
    Conflict(ConflictCode, String),
    /// A change clashes: the same code with status 400.
    ConflictInUpdate(ConflictCode, String),
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// The body did not arrive in time.
    TooSlow,
    /// The body is too large; the value is the limit in KiB.
    TooLarge(usize),
    /// Too many requests; the value is the wait in seconds.
    RateLimited(u64),
    /// The request took too long.
    TimedOut,
    /// An internal error of a use case. `finish` logs it and writes the body.
    Service(Error),
}

impl ManagementError {
    /// Creates the error of a field that is missing or wrong, such as `The name field is required.`
    #[must_use]
    pub fn field(name: &str, requirement: &str) -> Self {
        Self::Validation(format!("The {name} field {requirement}."))
    }

    /// Turns a clash into that of a change, whose documented statuses have no 409.
    #[must_use]
    pub fn in_update(self) -> Self {
        match self {
            Self::Conflict(code, message) => Self::ConflictInUpdate(code, message),
            other => other,
        }
    }

    /// Returns the error of a use case as the wrong id of a body, if the use case found nothing. Other errors
    /// stay as they are: `find_product(...).await.map_err(|e| ManagementError::of_id(e, InvalidProductId))?`.
    #[must_use]
    pub fn of_id(error: Error, otherwise: Self) -> Self {
        match error {
            Error::NotFound => otherwise,
            error => error.into(),
        }
    }

    /// Returns status, code and message (management API contract, 1.3).
    pub(in crate::api::management_api) fn parts(&self) -> (StatusCode, &'static str, String) {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::Validation(message) => (bad, "VALIDATION_ERROR", message.clone()),
            Self::InvalidProductId => (bad, "INVALID_PRODUCT_ID", no_such("product", "productId")),
            Self::InvalidLicenseTemplateId => {
                (bad, "INVALID_LICENSE_TEMPLATE_ID", no_such("license template", "licenseTemplateId"))
            }
            Self::InvalidTrialPolicyId => {
                (bad, "INVALID_TRIAL_POLICY_ID", no_such("trial policy", "trialPolicyId"))
            }
            Self::InvalidUserId => (bad, "INVALID_USER_ID", no_such("user", "userId")),
            Self::InvalidOrganizationId => {
                (bad, "INVALID_ORGANIZATION_ID", no_such("organization", "organizationId"))
            }
            Self::RevokedLicense => (bad, "REVOKED_LICENSE", "The license has been revoked.".to_owned()),
            Self::LicenseNotRenewable => (
                bad,
                "LICENSE_NOT_RENEWABLE",
                "The license has no interval to be renewed by. Set subscriptionInterval or expiresAt."
                    .to_owned(),
            ),
            Self::RequiredMetadataMissing(key) => (
                bad,
                "REQUIRED_METADATA_MISSING",
                format!("The license template requires metadata with the key “{key}”."),
            ),
            Self::NotSupported(message) => (bad, "NOT_SUPPORTED", message.clone()),
            Self::AuthenticationFailed => (
                bad,
                "AUTHENTICATION_FAILED",
                "The account, the e-mail address or the password is wrong.".to_owned(),
            ),
            Self::TwoFactorCodeRequired => (
                bad,
                "TWO_FACTOR_CODE_REQUIRED",
                "A code is required: twoFactorCode or twoFactorRecoveryCode.".to_owned(),
            ),
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED",
                "A valid access token is required: Authorization: Bearer cs_….".to_owned(),
            ),
            Self::MissingScope(scope) => {
                (StatusCode::FORBIDDEN, "FORBIDDEN", format!("The access token lacks the scope {scope}."))
            }
            Self::Forbidden(message) => (StatusCode::FORBIDDEN, "FORBIDDEN", message.clone()),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such resource.".to_owned()),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "This method is not allowed here.".to_owned(),
            ),
            Self::Conflict(code, message) => (StatusCode::CONFLICT, code.as_str(), message.clone()),
            Self::ConflictInUpdate(code, message) => (bad, code.as_str(), message.clone()),
            Self::IdempotencyKeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "IDEMPOTENCY_KEY_REUSED",
                "This Idempotency-Key was used for another request. Use a new one.".to_owned(),
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "REQUEST_TIMEOUT",
                "The request body did not arrive in time.".to_owned(),
            ),
            Self::TooLarge(kib) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "PAYLOAD_TOO_LARGE",
                format!("The request body must not exceed {kib} KiB."),
            ),
            Self::RateLimited(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "RATE_LIMIT_EXCEEDED",
                "Too many requests. Please try again later.".to_owned(),
            ),
            // `finish` adds the request id.
            Self::TimedOut | Self::Service(Error::Unavailable(_)) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "SERVER_ERROR",
                "The service is not available just now.".to_owned(),
            ),
            Self::Service(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "SERVER_ERROR",
                "Something went wrong on our side.".to_owned(),
            ),
        }
    }
}

fn no_such(what: &str, field: &str) -> String {
    format!("The {field} field names no {what} of this account.")
}

impl ConflictCode {
    fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateEmail => "DUPLICATE_EMAIL",
            Self::DuplicateKey => "DUPLICATE_KEY",
            Self::DuplicateName => "DUPLICATE_NAME",
            Self::ResourceInUse => "RESOURCE_IN_USE",
            Self::IdempotencyKeyInUse => "IDEMPOTENCY_KEY_IN_USE",
            Self::DeactivationLimitReached => "DEACTIVATION_LIMIT_REACHED",
        }
    }
}

impl From<Error> for ManagementError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(errors) | Error::Changed(errors) => {
                let first = errors.into_iter().next();
                Self::Validation(first.map_or_else(
                    || "The request is not valid.".to_owned(),
                    |error| format!("{}: {}", camel_case(error.field), error.message),
                ))
            }
            Error::NotFound => Self::NotFound,
            Error::Forbidden => Self::Forbidden("The access token’s role does not allow this.".to_owned()),
            Error::BadCredentials => Self::AuthenticationFailed,
            Error::TooManyTries(seconds) => Self::RateLimited(seconds),
            error @ (Error::OtherName { .. } | Error::Conflict(_)) => Self::Validation(error.to_string()),
            error @ (Error::Unavailable(_)
            | Error::NewerDatabase { .. }
            | Error::BrokenChain(_)
            | Error::Internal(_)
            | Error::Database(_)) => Self::Service(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_use_cases_are_named_as_the_api_names_them() {
        let error = ManagementError::from(Error::invalid("expires_at", "It is in the past."));
        assert_eq!(error.parts().2, "expiresAt: It is in the past.");
    }

    #[test]
    fn a_clash_of_a_change_is_a_bad_request_with_the_same_code() {
        let clash = ManagementError::Conflict(ConflictCode::DuplicateEmail, "x".to_owned());
        assert_eq!(clash.parts().0, StatusCode::CONFLICT);
        let clash = clash.in_update().parts();
        assert_eq!((clash.0, clash.1), (StatusCode::BAD_REQUEST, "DUPLICATE_EMAIL"));
    }
}
