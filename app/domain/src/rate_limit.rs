//! A sliding-window rate limiter: at most `limit` requests in any window of a given length.

mod quota;
mod share;

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};

pub use quota::{Quota, RateDecision};
pub use share::{NodeShare, RateLimitScope};

/// Returns the key that identifies a client: the IPv4 address, or the IPv6 /64 network, because
/// a /64 is the smallest network that providers assign.
#[must_use]
pub fn rate_limit_key(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from(u128::from(ip) & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The requests of one client to one endpoint within the window.
///
/// Refused requests are not counted: "30 requests between 12:00:00 and 12:00:30 mean none
/// before 12:01:00".
#[derive(Debug, Default)]
pub struct SlidingWindow {
    /// Times in milliseconds since the limiter started, oldest first, each with its number of
    /// admitted requests. Memory is therefore bounded by the window's milliseconds, not by the quota.
    admitted: VecDeque<(u32, u32)>,
    used: u32,
}

impl SlidingWindow {
    /// Decides a request at `now_ms`, in milliseconds since the limiter started.
    pub fn check(&mut self, now_ms: u64, quota: Quota) -> RateDecision {
        self.check_many(now_ms, quota, 1)
    }

    /// Decides a request that counts as `weight` requests. One that counts as more than the limit counts as
    /// the limit.
    pub fn check_many(&mut self, now_ms: u64, quota: Quota, weight: u32) -> RateDecision {
        let Quota { limit, window_ms } = quota;
        let weight = weight.min(limit).max(1);
        // Milliseconds in 32 bits wrap after 49 days, so ages are computed modulo 2^32. That is
        // safe, because each check removes expired entries, and the limiter's sweep drops an idle
        // window long before 49 days.
        let now = u32::try_from(now_ms & u64::from(u32::MAX)).unwrap_or(0);
        let age = |at: u32| u64::from(now.wrapping_sub(at));
        while let Some(&(at, count)) = self.admitted.front()
            && age(at) >= window_ms
        {
            self.admitted.pop_front();
            self.used -= count;
        }
        let free = limit.saturating_sub(self.used);
        if weight <= free {
            match self.admitted.back_mut() {
                Some((at, count)) if *at == now => *count += weight,
                _ => self.admitted.push_back((now, weight)),
            }
            self.used += weight;
            return RateDecision::Allowed { remaining: free - weight };
        }
        // The request fits when so many of the oldest have left the window. The window may hold more than the
        // limit, because a share of a limit shrinks when a node joins.
        let excess = self.used.saturating_add(weight).saturating_sub(limit);
        let mut left = 0;
        let oldest = self.admitted.iter().find(|(_, count)| {
            left += count;
            left >= excess
        });
        let wait = oldest.map_or(window_ms, |&(at, _)| window_ms.saturating_sub(age(at)));
        RateDecision::Refused { retry_after: wait.div_ceil(1000).max(1) }
    }

    /// Returns the requests left at `now_ms`, without counting one.
    #[must_use]
    pub fn remaining(&self, now_ms: u64, quota: Quota) -> u32 {
        let now = u32::try_from(now_ms & u64::from(u32::MAX)).unwrap_or(0);
        let in_window = |at: u32| u64::from(now.wrapping_sub(at)) < quota.window_ms;
        let used: u32 = self.admitted.iter().filter(|(at, _)| in_window(*at)).map(|(_, count)| count).sum();
        quota.limit.saturating_sub(used)
    }

    /// Returns whether the window is empty at `now_ms`.
    #[must_use]
    pub fn is_idle(&self, now_ms: u64, window_ms: u64) -> bool {
        let now = u32::try_from(now_ms & u64::from(u32::MAX)).unwrap_or(0);
        self.admitted.back().is_none_or(|&(at, _)| u64::from(now.wrapping_sub(at)) >= window_ms)
    }
}

/// Sliding windows by key, in bounded memory.
#[derive(Debug)]
pub struct WindowMap<K> {
    windows: HashMap<K, SlidingWindow>,
    capacity: usize,
}

impl<K: Eq + Hash> WindowMap<K> {
    /// Creates a map of at most `capacity` windows.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { windows: HashMap::new(), capacity }
    }

    /// Decides a request under `key` at `now_ms`, in milliseconds since the limiter started.
    ///
    /// A full map evicts its idle windows. If most windows are in use, it evicts every other window.
    /// An evicted client may exceed its limit once. Refusing new clients instead would let an
    /// attacker lock out all other clients.
    pub fn check(&mut self, key: K, now_ms: u64, quota: Quota) -> RateDecision {
        self.check_many(key, now_ms, quota, 1)
    }

    /// Decides a request that counts as `weight` requests; see [`SlidingWindow::check_many`].
    pub fn check_many(&mut self, key: K, now_ms: u64, quota: Quota, weight: u32) -> RateDecision {
        if self.windows.len() >= self.capacity && !self.windows.contains_key(&key) {
            self.evict_idle(now_ms, quota.window_ms);
        }
        self.windows.entry(key).or_default().check_many(now_ms, quota, weight)
    }

    fn evict_idle(&mut self, now_ms: u64, window_ms: u64) {
        let before = self.windows.len();
        self.windows.retain(|_, window| !window.is_idle(now_ms, window_ms));
        if self.windows.len() > before / 2 {
            let mut keep = false;
            self.windows.retain(|_, _| {
                keep = !keep;
                keep
            });
        }
    }

    /// Returns the requests left under `key` at `now_ms`, without counting one.
    #[must_use]
    pub fn remaining(&self, key: &K, now_ms: u64, quota: Quota) -> u32 {
        self.windows.get(key).map_or(quota.limit, |window| window.remaining(now_ms, quota))
    }

    /// Removes the window of `key`.
    pub fn remove(&mut self, key: &K) {
        self.windows.remove(key);
    }

    /// Returns the number of windows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Returns whether the map has no window.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn documented_example_holds() {
        let mut window = SlidingWindow::default();
        for i in 0..30 {
            let decision = window.check(i * 1000, Quota::per_minute(30));
            assert_eq!(decision, RateDecision::Allowed { remaining: 29 - u32::try_from(i).unwrap() });
        }
        assert_eq!(window.check(30_000, Quota::per_minute(30)), RateDecision::Refused { retry_after: 30 });
        assert_eq!(window.check(59_999, Quota::per_minute(30)), RateDecision::Refused { retry_after: 1 });
        assert_eq!(window.check(60_000, Quota::per_minute(30)), RateDecision::Allowed { remaining: 0 });
        assert_eq!(window.check(60_500, Quota::per_minute(30)), RateDecision::Refused { retry_after: 1 });
    }

    #[test]
    fn window_survives_clock_wraparound() {
        let mut window = SlidingWindow::default();
        let edge = u64::from(u32::MAX);
        assert_eq!(window.check(edge, Quota::per_minute(1)), RateDecision::Allowed { remaining: 0 });
        assert_eq!(
            window.check(edge + 30_000, Quota::per_minute(1)),
            RateDecision::Refused { retry_after: 30 }
        );
        assert_eq!(window.check(edge + 60_000, Quota::per_minute(1)), RateDecision::Allowed { remaining: 0 });
    }

    #[test]
    fn full_map_evicts_idle_windows_before_windows_in_use() {
        let mut map = WindowMap::with_capacity(4);
        let one = Quota::per_minute(1);
        for (key, now) in [("idle", 0), ("also idle", 0), ("a", 59_000), ("b", 59_000), ("c", 60_000)] {
            assert_eq!(map.check(key, now, one), RateDecision::Allowed { remaining: 0 });
        }
        assert_eq!(map.len(), 3);
        assert!(matches!(map.check("a", 60_001, one), RateDecision::Refused { .. }));
        assert_eq!(map.check("idle", 60_001, one), RateDecision::Allowed { remaining: 0 });
    }

    #[test]
    fn full_map_of_windows_in_use_evicts_every_other_one() {
        let mut map = WindowMap::with_capacity(100);
        for key in 0..101 {
            map.check(key, 0, Quota::per_minute(1));
        }
        assert_eq!(map.len(), 51);
    }

    proptest! {
        #[test]
        fn no_window_admits_more_than_the_limit(
            gaps in proptest::collection::vec(0u64..20_000, 1..200),
            limit in 1u32..10,
        ) {
            let mut window = SlidingWindow::default();
            let mut now = 0;
            let mut admitted: Vec<u64> = Vec::new();
            for gap in gaps {
                now += gap;
                if let RateDecision::Allowed { remaining } = window.check(now, Quota::per_minute(limit)) {
                    admitted.push(now);
                    let inside = admitted.iter().filter(|&&at| at + 60_000 > now).count();
                    prop_assert!(inside <= limit as usize);
                    prop_assert_eq!(remaining as usize, limit as usize - inside);
                }
            }
        }
    }
}
