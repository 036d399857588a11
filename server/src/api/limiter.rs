//! Requests counted by client, in a bounded amount of memory whatever addresses
//! come.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use domain::rate::{Quota, Ruling, Window, client_of};

const SHARDS: usize = 16;
/// Windows remembered, all shards together. A full window of `/verify` has 120
/// times of 8 bytes, so this is some 30 MiB at the very worst.
const MAX_WINDOWS: usize = 32_768;

type Shard = Mutex<HashMap<(u8, IpAddr), Window>>;

/// The limiter of one process.
pub struct Limiter {
    started: Instant,
    hasher: RandomState,
    shards: [Shard; SHARDS],
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Limiter {
    /// Rules on a request of a client to an endpoint, now.
    pub fn admit(&self, endpoint: u8, client: IpAddr, quota: Quota) -> Ruling {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.admit_at(endpoint, client, quota, now)
    }

    fn admit_at(&self, endpoint: u8, client: IpAddr, quota: Quota, now_ms: u64) -> Ruling {
        let key = (endpoint, client_of(client));
        let shard = usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or(0);
        let mut windows = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MAX_WINDOWS / SHARDS && !windows.contains_key(&key) {
            make_room(&mut windows, now_ms, quota.window_ms);
        }
        windows.entry(key).or_default().admit(now_ms, quota)
    }
}

/// Forgets the idle windows; where all are busy, every other one. Who is
/// forgotten may ask a few times too often, which is the lesser evil: turning
/// away whoever comes new would let an attacker lock everybody out.
fn make_room(windows: &mut HashMap<(u8, IpAddr), Window>, now_ms: u64, window_ms: u64) {
    let before = windows.len();
    windows.retain(|_, window| !window.is_idle(now_ms, window_ms));
    if windows.len() > before / 2 {
        let mut keep = false;
        windows.retain(|_, _| {
            keep = !keep;
            keep
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Quota = Quota::per_minute(1);

    fn allowed(ruling: Ruling) -> bool {
        matches!(ruling, Ruling::Allowed { .. })
    }

    #[test]
    fn counts_by_endpoint_and_by_network() {
        let limiter = Limiter::default();
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert!(allowed(limiter.admit_at(0, ip("192.0.2.1"), ONE, 0)));
        assert!(!allowed(limiter.admit_at(0, ip("192.0.2.1"), ONE, 0)));
        assert!(!allowed(limiter.admit_at(0, ip("::ffff:192.0.2.1"), ONE, 0)));
        assert!(allowed(limiter.admit_at(1, ip("192.0.2.1"), ONE, 0)));
        assert!(allowed(limiter.admit_at(0, ip("2001:db8:0:1::1"), ONE, 0)));
        assert!(!allowed(limiter.admit_at(0, ip("2001:db8:0:1:ffff::9"), ONE, 0)));
        assert!(allowed(limiter.admit_at(0, ip("2001:db8:0:2::1"), ONE, 0)));
    }

    #[test]
    fn remembers_a_bounded_number_of_clients() {
        let limiter = Limiter::default();
        for i in 0..200_000u32 {
            limiter.admit_at(0, IpAddr::from(i.to_be_bytes()), ONE, u64::from(i / 10));
        }
        let windows: usize = limiter.shards.iter().map(|s| s.lock().expect("a shard").len()).sum();
        assert!(windows <= MAX_WINDOWS, "{windows}");
        assert!(windows > MAX_WINDOWS / 4, "{windows}");
    }
}
