//! `GET /verify`.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use domain::LicenseKey;
use domain::activation::Verification;
use http::{HeaderValue, header};
use service::Service;
use service::activation::{VerifyResult, with_resolved_key};

use super::error::{DomainApiError, VerifyError};
use super::extract::FormFields;
use super::schema::{ErrorResponse, KeyAndDomainQuery, RateLimited, VerifyNotFound, VerifyResponse};
use crate::middleware::client_ip::MaybeClientIp;
use crate::middleware::request_id::RequestId;

/// Verify a license on a domain
///
/// A license that is not valid on the domain is no error: the response is 200 with
/// `valid: false`.
#[utoipa::path(get, path = "/verify", tag = "Domain API", operation_id = "verify",
    params(KeyAndDomainQuery),
    responses(
        (status = 200, description = "`valid` tells whether the license is valid, `error` why it is not.", body = VerifyResponse),
        (status = 404, description = "`invalid_key`", body = VerifyNotFound),
        (status = 422, description = "`validation_error`", body = ErrorResponse),
        RateLimited,
    ))]
pub async fn verify(
    State(service): State<Service>,
    id: RequestId,
    MaybeClientIp(client): MaybeClientIp,
    RawQuery(query): RawQuery,
) -> Result<Response, VerifyError> {
    let (key, domain) = FormFields::from_query(query.as_deref()).key_and_domain()?;
    let (service, domain) = (&service, &domain);
    let verify =
        |key: LicenseKey| async move { service::activation::verify(service, &key, domain, client).await };
    match with_resolved_key(service, key, verify).await {
        Ok((result, _)) => Ok(render_verify(result)),
        Err(error) => Err(DomainApiError::from_service(&error, &id).into()),
    }
}

/// Capacity of the response's header map, including headers that the connection adds.
const HEADER_CAPACITY: usize = 14;

/// Renders the response. The JSON is written by hand because this is the most frequent
/// response; none of its values needs escaping.
pub(super) fn render_verify(result: VerifyResult) -> Response {
    let body = match result {
        VerifyResult::Evaluated { verification: Verification::Valid, expires_at: None } => {
            Body::from(r#"{"valid":true,"license":{"expires_at":null}}"#)
        }
        VerifyResult::Evaluated { verification: Verification::Valid, expires_at: Some(at) } => {
            Body::from(format!(r#"{{"valid":true,"license":{{"expires_at":"{}"}}}}"#, at.rfc3339()))
        }
        // Domain API contract: a license that is not valid is reported with status 200.
        VerifyResult::Evaluated { verification: answer, .. } => {
            Body::from(format!(r#"{{"valid":false,"error":"{}"}}"#, answer.as_str()))
        }
        VerifyResult::InvalidKey => return VerifyError(DomainApiError::InvalidKey).into_response(),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.reserve(HEADER_CAPACITY);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    async fn body(result: VerifyResult) -> Value {
        let body = axum::body::to_bytes(render_verify(result).into_body(), 1000).await.expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    }

    #[tokio::test]
    async fn hand_written_body_is_valid_json() {
        use Verification::{Expired, InvalidDomain, Revoked, Suspended, Valid};
        for expires_at in [None, Some(Timestamp::default()), Some(Timestamp::MAX)] {
            let valid = body(VerifyResult::Evaluated { verification: Valid, expires_at }).await;
            let at = expires_at.map(Timestamp::rfc3339);
            assert_eq!(valid, json!({ "valid": true, "license": { "expires_at": at } }));
            for answer in [Expired, InvalidDomain, Revoked, Suspended] {
                let refused = body(VerifyResult::Evaluated { verification: answer, expires_at }).await;
                assert_eq!(refused, json!({ "valid": false, "error": answer.as_str() }));
            }
        }
    }
}
