//! Rate limits of the domain API and their response headers.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::rate_limit::{Quota, RateDecision};
use http::{HeaderName, HeaderValue};

use super::error::{DomainApiError, ErrorShape};
use crate::api::rate_limiter::RateLimiter;
use crate::api::timeout::with_timeout;
use crate::config::{RateLimits, Switch};
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

/// The client's limit in requests per minute.
pub const X_RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
/// Requests that the client has left in the current window.
pub const X_RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// The four endpoints. Each has its own window, which both of its paths share.
#[derive(Debug, Clone, Copy)]
pub enum Endpoint {
    Activate,
    Verify,
    Deactivate,
    Status,
}

impl Endpoint {
    pub fn error_shape(self) -> ErrorShape {
        match self {
            Self::Verify => ErrorShape::Valid,
            _ => ErrorShape::Success,
        }
    }
}

/// The rate limiter and the configured limits.
pub struct RateLimitState {
    on: bool,
    settings: RateLimits,
    limiter: RateLimiter,
}

impl RateLimitState {
    /// Creates a limiter with these settings.
    #[must_use]
    pub fn new(switch: Switch, settings: RateLimits) -> Self {
        Self { on: switch == Switch::On, settings, limiter: RateLimiter::default() }
    }

    fn limit(&self, endpoint: Endpoint) -> u32 {
        match endpoint {
            Endpoint::Activate => self.settings.activate,
            Endpoint::Verify => self.settings.verify,
            Endpoint::Deactivate => self.settings.deactivate,
            Endpoint::Status => self.settings.status,
        }
    }
}

impl RateLimitState {
    /// Counts a client's request. Returns `None` if rate limits are off.
    pub fn check(&self, endpoint: Endpoint, client: IpAddr) -> Option<(Quota, RateDecision)> {
        let quota = Quota::per_minute(self.limit(endpoint));
        self.on.then(|| (quota, self.limiter.check(endpoint as u8, client, quota)))
    }
}

/// Applies the rate limit and the request timeout, and sets the rate limit headers. One
/// middleware does both because each axum layer clones the service below it.
pub async fn enforce(
    State((limits, endpoint)): State<(Arc<RateLimitState>, Endpoint)>,
    Extension(id): Extension<RequestId>,
    request: Request,
    next: Next,
) -> Response {
    let shape = endpoint.error_shape();
    let client = request.extensions().get::<ClientIp>().copied();
    let decision = client.and_then(|ClientIp(client)| limits.check(endpoint, client));
    let (mut response, limited) = match decision {
        Some((quota, RateDecision::Refused { retry_after })) => {
            (DomainApiError::RateLimited(retry_after).into_response_with(shape), Some((quota, 0)))
        }
        admitted => {
            let response = with_timeout(id, request, next, |id| {
                DomainApiError::Unavailable(id).into_response_with(shape)
            })
            .await;
            let limited = match admitted {
                Some((quota, RateDecision::Allowed { remaining })) => Some((quota, remaining)),
                _ => None,
            };
            (response, limited)
        }
    };
    if let Some((quota, remaining)) = limited {
        let headers = response.headers_mut();
        headers.insert(X_RATELIMIT_LIMIT, HeaderValue::from(quota.limit));
        headers.insert(X_RATELIMIT_REMAINING, HeaderValue::from(remaining));
    }
    response
}
