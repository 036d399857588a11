//! Rate limiter: one sliding window per endpoint and client network, in bounded memory. Each API gives it the node's
//! share of its quotas.
//!
//! Not the `governor` crate: its GCRA algorithm is no exact rolling window, which the domain
//! API contract documents.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use domain::rate_limit::{Quota, RateDecision, WindowMap, rate_limit_key};

const SHARDS: usize = 16;
/// Maximum number of windows in all shards. A full window of `/verify` has 120 times of
/// 8 bytes, so that the limit is about 30 MiB.
const MAX_WINDOWS: usize = 32_768;

type Shard = Mutex<WindowMap<(u8, IpAddr)>>;

/// The rate limiter of one process.
pub struct RateLimiter {
    started: Instant,
    hasher: RandomState,
    shards: [Shard; SHARDS],
}

impl Default for RateLimiter {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::new(WindowMap::with_capacity(MAX_WINDOWS / SHARDS))),
        }
    }
}

impl RateLimiter {
    /// Counts a request of a client to an endpoint and returns the decision.
    pub fn check(&self, endpoint: u8, client: IpAddr, quota: Quota) -> RateDecision {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.check_at(endpoint, client, quota, now)
    }

    /// Returns the requests that a client has left, without counting one.
    pub fn remaining(&self, endpoint: u8, client: IpAddr, quota: Quota) -> u32 {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let key = (endpoint, rate_limit_key(client));
        self.shard(&key).lock().unwrap_or_else(PoisonError::into_inner).remaining(&key, now, quota)
    }

    fn shard(&self, key: &(u8, IpAddr)) -> &Shard {
        &self.shards[usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or(0)]
    }

    fn check_at(&self, endpoint: u8, client: IpAddr, quota: Quota, now_ms: u64) -> RateDecision {
        let key = (endpoint, rate_limit_key(client));
        let mut windows = self.shard(&key).lock().unwrap_or_else(PoisonError::into_inner);
        windows.check(key, now_ms, quota)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Quota = Quota::per_minute(1);

    fn allowed(decision: RateDecision) -> bool {
        matches!(decision, RateDecision::Allowed { .. })
    }

    #[test]
    fn windows_are_per_endpoint_and_network() {
        let limiter = RateLimiter::default();
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert!(allowed(limiter.check_at(0, ip("192.0.2.1"), ONE, 0)));
        assert!(!allowed(limiter.check_at(0, ip("192.0.2.1"), ONE, 0)));
        assert!(!allowed(limiter.check_at(0, ip("::ffff:192.0.2.1"), ONE, 0)));
        assert!(allowed(limiter.check_at(1, ip("192.0.2.1"), ONE, 0)));
        assert!(allowed(limiter.check_at(0, ip("2001:db8:0:1::1"), ONE, 0)));
        assert!(!allowed(limiter.check_at(0, ip("2001:db8:0:1:ffff::9"), ONE, 0)));
        assert!(allowed(limiter.check_at(0, ip("2001:db8:0:2::1"), ONE, 0)));
    }

    #[test]
    fn number_of_windows_is_bounded() {
        let limiter = RateLimiter::default();
        for i in 0..200_000u32 {
            limiter.check_at(0, IpAddr::from(i.to_be_bytes()), ONE, u64::from(i / 10));
        }
        let windows: usize = limiter.shards.iter().map(|s| s.lock().expect("a shard").len()).sum();
        assert!(windows <= MAX_WINDOWS, "{windows}");
        assert!(windows > MAX_WINDOWS / 4, "{windows}");
    }
}
