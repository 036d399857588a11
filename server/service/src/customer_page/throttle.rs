//! Throttle of the customer's page, in memory per node. Keys cannot be guessed in its pace, and no mailbox is
//! flooded.

use std::sync::{Mutex, PoisonError};

use domain::rate_limit::{Quota, RateDecision, WindowMap};
use domain::{AccountId, CustomerId, Timestamp};

use crate::{Error, Result};

const MINUTE_MS: u64 = 60_000;
/// Attempts with a key, per client address.
const KEYS_PER_ADDRESS: Quota = Quota { limit: 20, window_ms: 10 * MINUTE_MS };
/// The same from all addresses, which bounds the look-ups in the database.
const KEYS: Quota = Quota { limit: 1200, window_ms: MINUTE_MS };
/// Requests of links, per client address.
const LINKS_PER_ADDRESS: Quota = Quota { limit: 10, window_ms: 10 * MINUTE_MS };
/// The same from all addresses.
const LINKS: Quota = Quota { limit: 300, window_ms: MINUTE_MS };
/// Mails with a link, per customer. The links of the last hour still work.
const MAILS_PER_CUSTOMER: Quota = Quota { limit: 3, window_ms: 60 * MINUTE_MS };
/// Mails with a link, per account. The mail server of the instance is shared by all sellers.
const MAILS_PER_ACCOUNT: Quota = Quota { limit: 200, window_ms: 60 * MINUTE_MS };
/// Maximum number of windows.
const MAX_WINDOWS: usize = 50_000;

/// The windows of all limits, by the name of their bucket.
pub(crate) struct CustomerPageThrottle(Mutex<WindowMap<String>>);

impl Default for CustomerPageThrottle {
    fn default() -> Self {
        Self(Mutex::new(WindowMap::with_capacity(MAX_WINDOWS)))
    }
}

impl CustomerPageThrottle {
    /// Counts an attempt with a key, or refuses it.
    pub(super) fn check_key(&self, address: Option<&str>, now: Timestamp) -> Result<()> {
        self.check(format!("keys from {}", name(address)), KEYS_PER_ADDRESS, now)?;
        self.check("keys".to_owned(), KEYS, now)
    }

    /// Counts a request of a link, or refuses it.
    pub(super) fn check_link(&self, address: Option<&str>, now: Timestamp) -> Result<()> {
        self.check(format!("links from {}", name(address)), LINKS_PER_ADDRESS, now)?;
        self.check("links".to_owned(), LINKS, now)
    }

    /// Counts a mail with a link. Returns false if none may be sent now.
    pub(super) fn allows_mail(&self, account: AccountId, customer: CustomerId, now: Timestamp) -> bool {
        self.check(format!("mails to {customer}"), MAILS_PER_CUSTOMER, now).is_ok()
            && self.check(format!("mails of {account}"), MAILS_PER_ACCOUNT, now).is_ok()
    }

    fn check(&self, bucket: String, quota: Quota, now: Timestamp) -> Result<()> {
        let now = u64::try_from(now.millis()).unwrap_or(0);
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).check(bucket, now, quota) {
            RateDecision::Allowed { .. } => Ok(()),
            RateDecision::Refused { retry_after } => Err(Error::TooManyTries(retry_after)),
        }
    }
}

fn name(address: Option<&str>) -> &str {
    address.unwrap_or("an unknown address")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    #[test]
    fn keys_are_limited_per_address_and_in_all() {
        let throttle = CustomerPageThrottle::default();
        for _ in 0..20 {
            assert!(throttle.check_key(Some("10.0.0.1"), at(0)).is_ok());
        }
        assert!(matches!(throttle.check_key(Some("10.0.0.1"), at(0)), Err(Error::TooManyTries(600))));
        assert!(throttle.check_key(Some("10.0.0.2"), at(0)).is_ok(), "another address");
        let others = (0..2000).filter(|n| throttle.check_key(Some(&format!("10.1.{n}")), at(1)).is_ok());
        assert_eq!(others.count(), 1200 - 21);
        assert!(throttle.check_key(Some("10.0.0.3"), at(60_001)).is_ok(), "a minute later");
    }

    #[test]
    fn mails_are_limited_per_customer_and_account() {
        let throttle = CustomerPageThrottle::default();
        let (account, other) = (AccountId(uuid::Uuid::from_u128(1)), AccountId(uuid::Uuid::from_u128(2)));
        let customer = |n: u128| CustomerId(uuid::Uuid::from_u128(n));
        let mails: Vec<bool> = (0..4).map(|_| throttle.allows_mail(account, customer(1), at(0))).collect();
        assert_eq!(mails, [true, true, true, false]);
        let rest = (2..500).filter(|n| throttle.allows_mail(account, customer(*n), at(0))).count();
        assert_eq!(rest, 197);
        assert!(throttle.allows_mail(other, customer(1000), at(0)), "another seller");
    }
}
