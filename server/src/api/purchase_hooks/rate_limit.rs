//! Rate limit and request timeout of the receivers. A provider sends from few addresses, for all its sellers.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::rate_limit::{Quota, RateDecision};

use super::error::HookError;
use crate::api::rate_limiter::RateLimiter;
use crate::api::timeout::with_timeout;
use crate::config::Switch;
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

/// Ten a second: a provider repeats what is refused, and bursts are as large as a day's renewals.
const QUOTA: Quota = Quota::per_minute(600);

/// The rate limiter of the receivers. All of them share one window per client.
pub struct RateLimitState {
    on: bool,
    limiter: RateLimiter,
}

impl RateLimitState {
    pub fn new(switch: Switch) -> Self {
        Self { on: switch == Switch::On, limiter: RateLimiter::default() }
    }
}

/// Applies the rate limit and the request timeout.
pub async fn enforce(
    State(limits): State<Arc<RateLimitState>>,
    Extension(id): Extension<RequestId>,
    request: Request,
    next: Next,
) -> Response {
    let client = request.extensions().get::<ClientIp>().copied();
    let decision =
        client.filter(|_| limits.on).map(|ClientIp(client)| limits.limiter.check(0, client, QUOTA));
    if let Some(RateDecision::Refused { retry_after }) = decision {
        return HookError::RateLimited(retry_after).into_response();
    }
    with_timeout(id, request, next, |id| HookError::Unavailable(id).into_response()).await
}
