//! Rate limits of this dialect, with its headers.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::rate::{Quota, Ruling};
use http::{HeaderName, HeaderValue};

use super::answer::{Dialect, Refusal};
use crate::api::deadline::within;
use crate::api::limiter::Limiter;
use crate::config::{RateLimits, Switch};
use crate::middleware::client::Client;
use crate::middleware::request_id::RequestId;

/// Requests a minute.
pub const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
/// Requests that are left of them.
pub const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// The four endpoints; each is counted by itself, under both of its paths.
#[derive(Debug, Clone, Copy)]
pub enum Endpoint {
    Activate,
    Verify,
    Deactivate,
    Status,
}

impl Endpoint {
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Verify => Dialect::Verify,
            _ => Dialect::Others,
        }
    }
}

/// The limiter with its settings.
pub struct Limits {
    on: bool,
    settings: RateLimits,
    limiter: Limiter,
}

impl Limits {
    /// A limiter for these settings.
    #[must_use]
    pub fn new(switch: Switch, settings: RateLimits) -> Self {
        Self { on: switch == Switch::On, settings, limiter: Limiter::default() }
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

impl Limits {
    /// Counts a client's request; nothing where limits are off.
    pub fn admit(&self, endpoint: Endpoint, client: IpAddr) -> Option<(Quota, Ruling)> {
        let quota = Quota::per_minute(self.limit(endpoint));
        self.on.then(|| (quota, self.limiter.admit(endpoint as u8, client, quota)))
    }
}

/// Counts the request, or turns it away; and says "not now" in place of an answer that
/// does not come. One layer for both, since each costs a copy of all that is below it.
pub async fn guard(
    State((limits, endpoint)): State<(Arc<Limits>, Endpoint)>,
    Extension(id): Extension<RequestId>,
    request: Request,
    next: Next,
) -> Response {
    let dialect = endpoint.dialect();
    let client = request.extensions().get::<Client>().copied();
    let ruling = client.and_then(|Client(client)| limits.admit(endpoint, client));
    let (mut response, limited) = match ruling {
        Some((quota, Ruling::Refused { retry_after })) => {
            (Refusal::RateLimited(retry_after).answer(dialect), Some((quota, 0)))
        }
        admitted => {
            let response = within(id, request, next, |id| Refusal::Unavailable(id).answer(dialect)).await;
            let limited = match admitted {
                Some((quota, Ruling::Allowed { remaining })) => Some((quota, remaining)),
                _ => None,
            };
            (response, limited)
        }
    };
    if let Some((quota, remaining)) = limited {
        let headers = response.headers_mut();
        headers.insert(LIMIT, HeaderValue::from(quota.limit));
        headers.insert(REMAINING, HeaderValue::from(remaining));
    }
    response
}
