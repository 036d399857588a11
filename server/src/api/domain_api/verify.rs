//! `GET /verify`.

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::activation::Verification;
use http::{HeaderValue, header};
use service::Service;
use service::activation::VerifyResult;

use super::error::{DomainApiError, ErrorShape};
use super::extract::FormFields;
use super::schema::{ErrorResponse, KeyAndDomainQuery, VerifyNotFound, VerifyResponse};
use crate::middleware::request_id::RequestId;

/// Verify a license on a domain
///
/// A license that does not hold is an answer and no error: 200 with `valid: false`.
#[utoipa::path(get, path = "/verify", tag = "Domain API", operation_id = "verify",
    params(KeyAndDomainQuery),
    responses(
        (status = 200, description = "Whether it holds, and if not, why.", body = VerifyResponse),
        (status = 404, description = "`invalid_key`", body = VerifyNotFound),
        (status = 422, description = "`validation_error`", body = ErrorResponse),
        (status = 429, description = "Over the limit of requests a minute.", body = ErrorResponse),
    ))]
pub async fn verify(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    RawQuery(query): RawQuery,
) -> Response {
    run(&service, &id, query.as_deref())
        .await
        .unwrap_or_else(|refusal| refusal.into_response_with(ErrorShape::Valid))
}

async fn run(service: &Service, id: &RequestId, query: Option<&str>) -> Result<Response, DomainApiError> {
    let (key, domain) = FormFields::from_query(query).key_and_domain()?;
    match service::activation::verify(service, &key, &domain).await {
        Ok(verified) => Ok(render_verify(verified)),
        Err(error) => Err(DomainApiError::from_service(&error, id)),
    }
}

/// Headers of an answer, with those that the connection adds.
const HEADER_CAPACITY: usize = 10;

/// The answer in this dialect. Written by hand, since it is what is asked for most: none
/// of its words needs an escape.
pub(super) fn render_verify(verified: VerifyResult) -> Response {
    let body = match verified {
        VerifyResult::Evaluated { verification: Verification::Valid, expires_at: None } => {
            Body::from(r#"{"valid":true,"license":{"expires_at":null}}"#)
        }
        VerifyResult::Evaluated { verification: Verification::Valid, expires_at: Some(at) } => {
            Body::from(format!(r#"{{"valid":true,"license":{{"expires_at":"{}"}}}}"#, at.rfc3339()))
        }
        // The contract: these are answers, not errors, and come with 200.
        VerifyResult::Evaluated { verification: answer, .. } => {
            Body::from(format!(r#"{{"valid":false,"error":"{}"}}"#, answer.as_str()))
        }
        VerifyResult::InvalidKey => return DomainApiError::InvalidKey.into_response_with(ErrorShape::Valid),
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

    async fn body(verified: VerifyResult) -> Value {
        let body = axum::body::to_bytes(render_verify(verified).into_body(), 1000).await.expect("a body");
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
