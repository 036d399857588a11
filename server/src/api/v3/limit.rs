//! The rate limit of this dialect: a burst of 50 requests in 5 seconds a client,
//! with its headers.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::rate::{Quota, Ruling};
use http::{HeaderValue, header};

use super::answer::Refusal;
use crate::api::deadline::within;
use crate::api::limiter::Limiter;
use crate::config::Switch;
use crate::middleware::client::Client;
use crate::middleware::request_id::RequestId;

const QUOTA: Quota = Quota { limit: 50, window_ms: 5_000 };

/// The limiter of this dialect: all its endpoints count as one.
pub struct Limits {
    on: bool,
    limiter: Limiter,
}

impl Limits {
    pub fn new(switch: Switch) -> Self {
        Self { on: switch == Switch::On, limiter: Limiter::default() }
    }
}

/// Says "not now" in place of an answer that does not come.
pub async fn deadline(Extension(id): Extension<RequestId>, request: Request, next: Next) -> Response {
    within(id, request, next, |id| Refusal::Unavailable(id).answer()).await
}

/// Counts the request, or turns it away.
pub async fn limit(State(limits): State<Arc<Limits>>, request: Request, next: Next) -> Response {
    let client = request.extensions().get::<Client>().copied();
    let (true, Some(Client(client))) = (limits.on, client) else {
        return next.run(request).await;
    };
    let (mut response, remaining, reset) = match limits.limiter.admit(0, client, QUOTA) {
        Ruling::Allowed { remaining } => (next.run(request).await, remaining, QUOTA.window_ms / 1000),
        Ruling::Refused { retry_after } => {
            let mut response = Refusal::RateLimited.answer();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
            (response, 0, retry_after)
        }
    };
    let headers = response.headers_mut();
    headers.insert("x-rate-limit-limit", HeaderValue::from(QUOTA.limit));
    headers.insert("x-rate-limit-remaining", HeaderValue::from(remaining));
    // Seconds until the window has room for all again.
    headers.insert("x-rate-limit-reset", HeaderValue::from(reset));
    response
}
