//! `GET /verify`.

use axum::Extension;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use domain::Timestamp;
use domain::activation::Verification;
use serde::Serialize;
use service::Service;
use service::activation::Verified;

use super::answer::{Dialect, Refusal};
use super::input::Fields;
use super::schema::{Failure, KeyAndDomainQuery, Unknown, Verdict};
use crate::middleware::request_id::RequestId;

#[derive(Serialize)]
struct Valid {
    valid: bool,
    license: License,
}

#[derive(Serialize)]
struct License {
    expires_at: Option<String>,
}

#[derive(Serialize)]
struct Invalid {
    valid: bool,
    error: &'static str,
}

/// Verify a license on a domain
///
/// A license that does not hold is an answer and no error: 200 with `valid: false`.
#[utoipa::path(get, path = "/verify", tag = "Domain API", operation_id = "verify",
    params(KeyAndDomainQuery),
    responses(
        (status = 200, description = "Whether it holds, and if not, why.", body = Verdict),
        (status = 404, description = "`invalid_key`", body = Unknown),
        (status = 422, description = "`validation_error`", body = Failure),
        (status = 429, description = "Over the limit of requests a minute.", body = Failure),
    ))]
pub async fn verify(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    RawQuery(query): RawQuery,
) -> Response {
    run(&service, &id, query.as_deref()).await.unwrap_or_else(|refusal| refusal.answer(Dialect::Verify))
}

async fn run(service: &Service, id: &RequestId, query: Option<&str>) -> Result<Response, Refusal> {
    let (key, domain) = Fields::of_query(query).key_and_domain()?;
    match service::activation::verify(service, &key, &domain).await {
        Ok(verified) => Ok(rendered(verified)),
        Err(error) => Err(Refusal::of(&error, id)),
    }
}

/// The answer in this dialect.
pub(super) fn rendered(verified: Verified) -> Response {
    match verified {
        Verified::Known { answer: Verification::Valid, expires_at } => {
            let license = License { expires_at: expires_at.map(Timestamp::rfc3339) };
            Json(Valid { valid: true, license }).into_response()
        }
        // The contract: these are answers, not errors, and come with 200.
        Verified::Known { answer, .. } => {
            Json(Invalid { valid: false, error: answer.word() }).into_response()
        }
        Verified::InvalidKey => Refusal::InvalidKey.answer(Dialect::Verify),
    }
}
