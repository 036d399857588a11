//! Rate limits of the domain API and their response headers.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::rate_limit::{Quota, RateDecision};
use http::{HeaderName, HeaderValue, Method};
use service::{CurrentShare, Service};

use super::error::{DomainApiError, ErrorShape};
use crate::api::rate_limiter::RateLimiter;
use crate::api::timeout::with_timeout;
use crate::config::{RateLimits, Switch};
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

/// The client's limit in requests per minute.
pub const X_RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
/// Requests that the client has left in the current window. Nodes that share their limits estimate them by their share.
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
    /// Returns the endpoint of a path, at the root or under `/api/license`.
    fn of_path(path: &str) -> Option<Self> {
        match path.strip_prefix("/api/license").unwrap_or(path) {
            "/activate" => Some(Self::Activate),
            "/verify" => Some(Self::Verify),
            "/deactivate" => Some(Self::Deactivate),
            "/status" => Some(Self::Status),
            _ => None,
        }
    }

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
    share: CurrentShare,
}

impl RateLimitState {
    /// Creates a limiter with these settings, which enforces this node's share.
    #[must_use]
    pub fn new(service: &Service, switch: Switch, settings: RateLimits) -> Self {
        let share = service.limit_share().clone();
        Self { on: switch == Switch::On, settings, limiter: RateLimiter::default(), share }
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
    /// Returns the whole quota of an endpoint and the requests that a client has left, without counting one. `None` if
    /// rate limits are off.
    fn remaining(&self, endpoint: Endpoint, client: IpAddr) -> Option<(Quota, u32)> {
        let (quota, share) = (Quota::per_minute(self.limit(endpoint)), self.share.get());
        self.on.then(|| {
            let remaining = self.limiter.remaining(endpoint as u8, client, share.of(quota));
            (quota, share.remaining_of_cluster(quota, remaining))
        })
    }

    /// Counts a client's request. Returns the whole quota and the decision, or `None` if rate limits are off.
    pub fn check(&self, endpoint: Endpoint, client: IpAddr) -> Option<(Quota, RateDecision)> {
        let (quota, share) = (Quota::per_minute(self.limit(endpoint)), self.share.get());
        self.on.then(|| {
            let decision = self.limiter.check(endpoint as u8, client, share.of(quota));
            (quota, share.of_cluster(quota, decision))
        })
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
        set_headers(&mut response, quota, remaining);
    }
    response
}

/// Adds the headers of the limit to the answer of a preflight, which takes nothing of the limit.
pub async fn report_to_preflight(
    State(limits): State<Arc<RateLimitState>>,
    request: Request,
    next: Next,
) -> Response {
    let client = request.extensions().get::<ClientIp>().copied();
    let endpoint = (request.method() == Method::OPTIONS).then(|| Endpoint::of_path(request.uri().path()));
    let left = endpoint.flatten().zip(client);
    let left = left.and_then(|(endpoint, ClientIp(client))| limits.remaining(endpoint, client));
    let mut response = next.run(request).await;
    if let Some((quota, remaining)) = left {
        set_headers(&mut response, quota, remaining);
    }
    response
}

fn set_headers(response: &mut Response, quota: Quota, remaining: u32) {
    let headers = response.headers_mut();
    headers.insert(X_RATELIMIT_LIMIT, HeaderValue::from(quota.limit));
    headers.insert(X_RATELIMIT_REMAINING, HeaderValue::from(remaining));
}
