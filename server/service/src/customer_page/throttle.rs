//! Throttle of the customer's page, in memory per node, which enforces its share of each limit. Keys cannot be
//! guessed in its pace. The database counts the mails with a link: `mail/link_limit.rs`.
//!
//! No limit is shared by all clients, because strangers would lock customers out by it. All quotas have one
//! window, because a full map evicts by the window of the request.

use domain::Timestamp;
use domain::rate_limit::{Quota, rate_limit_key};

use crate::throttle_windows::ThrottleWindows;
use crate::{CurrentShare, Result};

/// Attempts with a key, per client address.
const KEYS: Quota = per_ten_minutes(20);
/// Requests of links, per client address.
const LINKS: Quota = per_ten_minutes(10);
/// Releases, moves and offline activations, per license whose key opened the page, or per customer.
const CHANGES: Quota = per_ten_minutes(60);
/// The same, per client address.
const CHANGES_PER_ADDRESS: Quota = per_ten_minutes(120);

const fn per_ten_minutes(limit: u32) -> Quota {
    Quota { limit, window_ms: 600_000 }
}

pub(crate) struct CustomerPageThrottle(ThrottleWindows);

impl CustomerPageThrottle {
    /// Creates a throttle that enforces this node's share.
    pub(crate) fn new(share: &CurrentShare) -> Self {
        Self(ThrottleWindows::new(share))
    }

    /// Counts an attempt with a key, or refuses it.
    pub(super) fn check_key(&self, address: Option<&str>, now: Timestamp) -> Result<()> {
        self.0.check(format!("keys from {}", name(address)), KEYS, now)
    }

    /// Counts a request of a link, or refuses it.
    pub(super) fn check_link(&self, address: Option<&str>, now: Timestamp) -> Result<()> {
        self.0.check(format!("links from {}", name(address)), LINKS, now)
    }

    /// Counts a release, a move or an offline activation, or refuses it. `holder` names the license or the customer of the session.
    pub(super) fn check_change(&self, holder: &str, ip: Option<&str>, now: Timestamp) -> Result<()> {
        let network = ip.and_then(|ip| ip.parse().ok()).map(|ip| rate_limit_key(ip).to_string());
        let from = format!("changes from {}", name(network.as_deref()));
        self.0.check(from, CHANGES_PER_ADDRESS, now)?;
        self.0.check(format!("changes of {holder}"), CHANGES, now)
    }
}

fn name(address: Option<&str>) -> &str {
    address.unwrap_or("an unknown address")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    #[test]
    fn keys_are_limited_per_address_and_lock_no_other_address_out() {
        let throttle = CustomerPageThrottle::new(&CurrentShare::default());
        for _ in 0..20 {
            assert!(throttle.check_key(Some("10.0.0.1"), at(0)).is_ok());
        }
        assert!(matches!(throttle.check_key(Some("10.0.0.1"), at(0)), Err(Error::TooManyTries(600))));
        for n in 0..5000 {
            assert!(throttle.check_key(Some(&format!("10.1.{n}")), at(1)).is_ok(), "{n}");
        }
        assert!(throttle.check_key(Some("10.0.0.1"), at(600_000)).is_ok(), "ten minutes later");
    }

    #[test]
    fn changes_are_limited_per_holder_and_network() {
        let throttle = CustomerPageThrottle::new(&CurrentShare::default());
        let allowed = |holder: &str, ip: &str| {
            (0..500).take_while(|_| throttle.check_change(holder, Some(ip), at(0)).is_ok()).count()
        };
        assert_eq!(allowed("license 1", "2001:db8::1"), 60);
        assert_eq!(allowed("license 1", "192.0.2.1"), 0, "the license is at its limit from all addresses");
        // The refused request of the first license counts for its network.
        assert_eq!(allowed("license 2", "2001:db8::2"), 120 - 61);
        assert_eq!(allowed("license 3", "192.0.2.1"), 60);
    }
}
