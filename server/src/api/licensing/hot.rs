//! The shortest way for what every deployed app asks on every page load: a
//! verification whose license is in memory is answered here, before the router
//! and its layers, which cost more than the verification itself. Whatever else
//! is asked goes the whole way. A test compares the two ways header by header.

use std::net::IpAddr;
use std::sync::Arc;

use axum::response::Response;
use domain::rate::{Quota, Ruling};
use http::{HeaderValue, Method, Request, header};
use service::{Service, activation};

use super::answer::{Dialect, Refusal};
use super::input::Fields;
use super::limit::{self, Endpoint, Limits};
use super::verify;
use crate::middleware::request_id;

/// What a verification is answered with that goes the short way.
pub struct Hot {
    service: Service,
    limits: Arc<Limits>,
}

impl Hot {
    /// `limits` are those that the router counts with.
    #[must_use]
    pub fn new(service: &Service, limits: &Arc<Limits>) -> Self {
        Self { service: service.clone(), limits: Arc::clone(limits) }
    }

    /// The answer to a verification whose license is in memory. `client` is asked for
    /// only then.
    #[must_use]
    pub fn answer<B>(&self, request: &Request<B>, client: impl FnOnce() -> IpAddr) -> Option<Response> {
        let path = request.uri().path();
        if request.method() != Method::GET || !matches!(path, "/verify" | "/api/license/verify") {
            return None;
        }
        let (key, domain) = Fields::of_query(request.uri().query()).key_and_domain().ok()?;
        let warm = activation::warm(&self.service, &key, &domain)?;
        let (mut response, remaining) = match self.limits.admit(Endpoint::Verify, client()) {
            None => (verify::rendered(warm.count(&domain)), None),
            Some((quota, Ruling::Allowed { remaining })) => {
                (verify::rendered(warm.count(&domain)), Some((quota, remaining)))
            }
            Some((quota, Ruling::Refused { retry_after })) => {
                (Refusal::RateLimited(retry_after).answer(Dialect::Verify), Some((quota, 0)))
            }
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("retry-after,x-ratelimit-limit,x-ratelimit-remaining,x-request-id"),
        );
        if let Some((Quota { limit, .. }, remaining)) = remaining {
            headers.insert(limit::LIMIT, HeaderValue::from(limit));
            headers.insert(limit::REMAINING, HeaderValue::from(remaining));
        }
        if let Ok(id) = HeaderValue::from_str(service::new_id().as_hyphenated().encode_lower(&mut [0; 36])) {
            headers.insert(request_id::NAME, id);
        }
        Some(response)
    }
}
