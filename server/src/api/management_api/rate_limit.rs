//! The rate limit of the management API: per token, and per address before a token is known (contract, 1.7).

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::response::Response;
use domain::rate_limit::{Quota, RateDecision, WindowMap, rate_limit_key};
use http::HeaderValue;
use service::{Clock, CurrentShare};
use uuid::Uuid;

/// The period of the quota.
const WINDOW_MS: u64 = 5_000;
/// The period, as the header states it.
const PERIOD: HeaderValue = HeaderValue::from_static("5s");
/// Maximum number of windows.
const MAX_WINDOWS: usize = 32_768;
/// How many requests a bulk request or an export counts as.
const HEAVY_WEIGHT: u32 = 10;

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Client {
    /// A token.
    Token(Uuid),
    /// An address without a token, or with one that is not known yet.
    Address(IpAddr),
}

/// The rate limiter of this process.
pub(super) struct RateLimit {
    /// `None` if the limit is lifted.
    quota: Option<Quota>,
    started: Instant,
    windows: Mutex<WindowMap<Client>>,
    share: CurrentShare,
}

impl RateLimit {
    /// Creates a limiter of `limit` requests in five seconds, of which it enforces this node's share; 0 lifts the limit.
    pub fn new(limit: u32, share: &CurrentShare) -> Self {
        Self {
            quota: (limit > 0).then_some(Quota { limit, window_ms: WINDOW_MS }),
            started: Instant::now(),
            windows: Mutex::new(WindowMap::with_capacity(MAX_WINDOWS)),
            share: share.clone(),
        }
    }

    /// Counts a request. Returns the decision as clients read it: beside the whole quota. `None` if there is no limit.
    pub fn check(&self, client: Client, weight: u32) -> Option<RateDecision> {
        let quota = self.quota?;
        let client = match client {
            Client::Address(address) => Client::Address(rate_limit_key(address)),
            Client::Token(_) => client,
        };
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let share = self.share.get();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        Some(share.of_cluster(quota, windows.check_many(client, now, share.of(quota), weight)))
    }
}

/// Returns how many requests a request to a path counts as.
pub(super) fn weight(path: &str) -> u32 {
    let path = path.trim_end_matches('/');
    if path.ends_with("/bulk") || path.ends_with("/export") { HEAVY_WEIGHT } else { 1 }
}

/// Sets the headers: the period, the requests left, and the time at which the window is empty.
pub(super) fn set_headers(response: &mut Response, decision: RateDecision) {
    let (remaining, wait_ms) = match decision {
        RateDecision::Allowed { remaining } => (remaining, WINDOW_MS),
        RateDecision::Refused { retry_after } => (0, retry_after.saturating_mul(1000)),
    };
    let reset = Clock::System.now().plus_millis(i64::try_from(wait_ms).unwrap_or(0)).rfc3339_millis();
    let headers = response.headers_mut();
    headers.insert("x-rate-limit-limit", PERIOD);
    headers.insert("x-rate-limit-remaining", HeaderValue::from(remaining));
    if let Ok(reset) = HeaderValue::from_str(&reset) {
        headers.insert("x-rate-limit-reset", reset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_requests_and_exports_count_as_ten() {
        for (path, expected) in
            [("/licenses", 1), ("/licenses/bulk", 10), ("/licenses/export/", 10), ("/licenses/bulky", 1)]
        {
            assert_eq!(weight(path), expected, "{path}");
        }
        let limit = RateLimit::new(15, &CurrentShare::default());
        let client = Client::Token(Uuid::nil());
        assert_eq!(limit.check(client, 10), Some(RateDecision::Allowed { remaining: 5 }));
        assert!(matches!(limit.check(client, 10), Some(RateDecision::Refused { .. })));
        assert_eq!(limit.check(client, 1), Some(RateDecision::Allowed { remaining: 4 }));
        assert_eq!(RateLimit::new(0, &CurrentShare::default()).check(client, 10), None);
    }
}
