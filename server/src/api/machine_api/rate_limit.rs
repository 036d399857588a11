//! The rate limit of the machine API, 50 requests in 5 seconds per client, and its headers.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::rate_limit::{Quota, RateDecision};
use http::{HeaderValue, header};
use service::{Clock, CurrentShare, Service};

use super::error::MachineApiError;
use crate::api::rate_limiter::RateLimiter;
use crate::api::timeout::with_timeout;
use crate::config::Switch;
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

const QUOTA: Quota = Quota { limit: 50, window_ms: 5_000 };
/// The period of the quota, as the header states it.
const PERIOD: &str = "5s";

/// The rate limiter of the machine API. All endpoints share one window per client.
pub struct RateLimitState {
    on: bool,
    limiter: RateLimiter,
    share: CurrentShare,
}

impl RateLimitState {
    pub fn new(service: &Service, switch: Switch) -> Self {
        let share = service.limit_share().clone();
        Self { on: switch == Switch::On, limiter: RateLimiter::default(), share }
    }

    /// Counts a client's request. Returns the decision as clients read it: beside the whole quota.
    fn check(&self, client: IpAddr) -> RateDecision {
        let share = self.share.get();
        share.of_cluster(QUOTA, self.limiter.check(0, client, share.of(QUOTA)))
    }
}

/// Applies the rate limit and the request timeout, and sets the rate limit headers. One
/// middleware does both because each axum layer clones the service below it.
pub async fn enforce(
    State(limits): State<Arc<RateLimitState>>,
    Extension(id): Extension<RequestId>,
    request: Request,
    next: Next,
) -> Response {
    let client = request.extensions().get::<ClientIp>().copied();
    let decision = client.filter(|_| limits.on).map(|ClientIp(client)| limits.check(client));
    if let Some(RateDecision::Refused { retry_after }) = decision {
        let mut response = MachineApiError::RateLimited.into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
        set_headers(&mut response, 0, retry_after);
        return response;
    }
    let mut response =
        with_timeout(id, request, next, |id| MachineApiError::Unavailable(id).into_response()).await;
    if let Some(RateDecision::Allowed { remaining }) = decision {
        set_headers(&mut response, remaining, QUOTA.window_ms / 1000);
    }
    response
}

/// Sets the rate limit headers (machine API contract): the period, the requests left, and the time at
/// which the window is empty. `reset` is in seconds from now.
fn set_headers(response: &mut Response, remaining: u32, reset: u64) {
    let reset = Clock::System.now().plus_seconds(i64::try_from(reset).unwrap_or(0)).rfc3339();
    let headers = response.headers_mut();
    headers.insert("x-rate-limit-limit", HeaderValue::from_static(PERIOD));
    headers.insert("x-rate-limit-remaining", HeaderValue::from(remaining));
    if let Ok(reset) = HeaderValue::from_str(&reset) {
        headers.insert("x-rate-limit-reset", reset);
    }
}
