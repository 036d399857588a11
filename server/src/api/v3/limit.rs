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

/// Counts the request, or turns it away; and says "not now" in place of an answer that
/// does not come. One layer for both, since each costs a copy of all that is below it.
pub async fn guard(
    State(limits): State<Arc<Limits>>,
    Extension(id): Extension<RequestId>,
    request: Request,
    next: Next,
) -> Response {
    let client = request.extensions().get::<Client>().copied();
    let ruling = client.filter(|_| limits.on).map(|Client(client)| limits.limiter.admit(0, client, QUOTA));
    if let Some(Ruling::Refused { retry_after }) = ruling {
        let mut response = Refusal::RateLimited.answer();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
        tell(&mut response, 0, retry_after);
        return response;
    }
    let mut response = within(id, request, next, |id| Refusal::Unavailable(id).answer()).await;
    if let Some(Ruling::Allowed { remaining }) = ruling {
        tell(&mut response, remaining, QUOTA.window_ms / 1000);
    }
    response
}

/// `reset` is in seconds, until the window has room for all again.
fn tell(response: &mut Response, remaining: u32, reset: u64) {
    let headers = response.headers_mut();
    headers.insert("x-rate-limit-limit", HeaderValue::from(QUOTA.limit));
    headers.insert("x-rate-limit-remaining", HeaderValue::from(remaining));
    headers.insert("x-rate-limit-reset", HeaderValue::from(reset));
}
