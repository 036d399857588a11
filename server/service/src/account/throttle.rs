//! Slowing down whoever guesses passwords: by the address they come from and by
//! the account they try. In memory, per node.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
use domain::rate::{Quota, Ruling, Window};

use crate::{Error, Result};

const TEN_MINUTES: u64 = 600_000;
/// Wrong passwords for one e-mail address, from wherever.
const PER_ACCOUNT: Quota = Quota { limit: 10, window_ms: TEN_MINUTES };
/// Tries from one client address, at whatever account.
const PER_ADDRESS: Quota = Quota { limit: 30, window_ms: TEN_MINUTES };
/// Keys remembered; beyond that the idle ones are dropped, then half.
const MAX_KEYS: usize = 50_000;

#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<String, Window>>);

impl Throttle {
    /// Counts a try, or refuses it.
    pub fn admit(&self, email: &str, address: Option<&str>, now: Timestamp) -> Result<()> {
        let now = u64::try_from(now.millis()).unwrap_or(0);
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MAX_KEYS {
            windows.retain(|_, window| !window.is_idle(now, TEN_MINUTES));
            if windows.len() >= MAX_KEYS {
                // All are busy: every other one goes, so that a flood of new keys does
                // not wipe out what is known of one account.
                let mut keep = false;
                windows.retain(|_, _| {
                    keep = !keep;
                    keep
                });
            }
        }
        let mut check = |key: String, quota| match windows.entry(key).or_default().admit(now, quota) {
            Ruling::Allowed { .. } => Ok(()),
            Ruling::Refused { retry_after } => Err(Error::TooManyTries(retry_after)),
        };
        if let Some(address) = address {
            check(format!("address {address}"), PER_ADDRESS)?;
        }
        check(format!("account {email}"), PER_ACCOUNT)
    }

    /// Forgets the tries at an account whose owner got in.
    pub fn succeeded(&self, email: &str) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.remove(&format!("account {email}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_at_an_account_in_ten_minutes() {
        let throttle = Throttle::default();
        let at = |ms: i64| Timestamp::from_millis(1_000_000 + ms);
        for i in 0..10 {
            assert!(throttle.admit("a@x.de", Some(&format!("10.0.0.{i}")), at(i)).is_ok());
        }
        assert!(matches!(throttle.admit("a@x.de", Some("10.0.0.99"), at(10)), Err(Error::TooManyTries(600))));
        assert!(throttle.admit("b@x.de", Some("10.0.0.99"), at(10)).is_ok(), "another account");
        assert!(throttle.admit("a@x.de", None, at(600_000)).is_ok(), "ten minutes later");
        throttle.succeeded("a@x.de");
        assert!(throttle.admit("a@x.de", None, at(600_001)).is_ok());
    }

    #[test]
    fn thirty_tries_from_an_address() {
        let throttle = Throttle::default();
        let at = Timestamp::from_millis(5);
        for i in 0..30 {
            assert!(throttle.admit(&format!("{i}@x.de"), Some("10.0.0.1"), at).is_ok());
        }
        assert!(throttle.admit("new@x.de", Some("10.0.0.1"), at).is_err());
    }
}
