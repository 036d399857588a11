//! Fast path of `GET /verify`: a request whose license is cached is answered before routing.
//!
//! The router and its layers cost more than a cached verification. Every other request goes
//! through the router. A test compares both paths header by header.

use std::net::IpAddr;
use std::sync::Arc;

use axum::response::Response;
use domain::rate_limit::{Quota, RateDecision};
use http::{HeaderValue, Method, Request, header};
use service::{Service, activation};

use super::error::{DomainApiError, ErrorShape};
use super::extract::FormFields;
use super::rate_limit::{self, Endpoint, RateLimitState};
use super::verify;
use crate::middleware::request_id;
use crate::web::security_headers::insert_common_headers;

/// Answers verifications from the license cache.
pub struct VerifyFastPath {
    service: Service,
    limits: Arc<RateLimitState>,
    is_https: bool,
}

impl VerifyFastPath {
    /// Shares `limits` with the router, so that both paths count in the same windows.
    #[must_use]
    pub fn new(service: &Service, limits: &Arc<RateLimitState>, is_https: bool) -> Self {
        Self { service: service.clone(), limits: Arc::clone(limits), is_https }
    }

    /// Returns the response if the request is a verification of a cached license. Resolves
    /// `client` only then.
    #[must_use]
    pub fn try_handle<B>(&self, request: &Request<B>, client: impl FnOnce() -> IpAddr) -> Option<Response> {
        let path = request.uri().path();
        if request.method() != Method::GET || !matches!(path, "/verify" | "/api/license/verify") {
            return None;
        }
        let (key, domain) = FormFields::from_query(request.uri().query()).key_and_domain().ok()?;
        let verification = activation::verify_cached(&self.service, &key, &domain)?;
        let client = client();
        let record = || verify::render_verify(verification.record(&domain, Some(client)));
        let (mut response, remaining) = match self.limits.check(Endpoint::Verify, client) {
            None => (record(), None),
            Some((quota, RateDecision::Allowed { remaining })) => (record(), Some((quota, remaining))),
            Some((quota, RateDecision::Refused { retry_after })) => (
                DomainApiError::RateLimited(retry_after).into_response_with(ErrorShape::Valid),
                Some((quota, 0)),
            ),
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("retry-after,x-ratelimit-limit,x-ratelimit-remaining,x-request-id"),
        );
        insert_common_headers(headers, self.is_https);
        if let Some((Quota { limit, .. }, remaining)) = remaining {
            headers.insert(rate_limit::X_RATELIMIT_LIMIT, HeaderValue::from(limit));
            headers.insert(rate_limit::X_RATELIMIT_REMAINING, HeaderValue::from(remaining));
        }
        if let Ok(id) = HeaderValue::from_str(service::random_id().as_hyphenated().encode_lower(&mut [0; 36]))
        {
            headers.insert(request_id::X_REQUEST_ID, id);
        }
        Some(response)
    }
}
