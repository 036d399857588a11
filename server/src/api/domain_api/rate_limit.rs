//! Rate limits of this dialect, with its headers.

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

/// Requests a minute.
pub const X_RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
/// Requests that are left of them.
pub const X_RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// The four endpoints; each is counted by itself, under both of its paths.
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

/// The limiter with its settings.
pub struct RateLimitState {
    on: bool,
    settings: RateLimits,
    limiter: RateLimiter,
}

impl RateLimitState {
    /// A limiter for these settings.
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
    /// Counts a client's request; nothing where limits are off.
    pub fn check(&self, endpoint: Endpoint, client: IpAddr) -> Option<(Quota, RateDecision)> {
        let quota = Quota::per_minute(self.limit(endpoint));
        self.on.then(|| (quota, self.limiter.check(endpoint as u8, client, quota)))
    }
}

/// Counts the request, or turns it away; and says "not now" in place of an answer that
/// does not come. One layer for both, since each costs a copy of all that is below it.
pub async fn enforce(
    State((limits, endpoint)): State<(Arc<RateLimitState>, Endpoint)>,
    Extension(id): Extension<RequestId>,
    request: Request,
    next: Next,
) -> Response {
    let dialect = endpoint.error_shape();
    let client = request.extensions().get::<ClientIp>().copied();
    let ruling = client.and_then(|ClientIp(client)| limits.check(endpoint, client));
    let (mut response, limited) = match ruling {
        Some((quota, RateDecision::Refused { retry_after })) => {
            (DomainApiError::RateLimited(retry_after).into_response_with(dialect), Some((quota, 0)))
        }
        admitted => {
            let response = with_timeout(id, request, next, |id| {
                DomainApiError::Unavailable(id).into_response_with(dialect)
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
