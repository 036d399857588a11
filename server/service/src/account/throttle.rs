//! Sign-in throttle: limits password attempts per client address and per e-mail address. In memory,
//! per node.

use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
use domain::rate_limit::{Quota, RateDecision, WindowMap};

use crate::{Error, Result};

const TEN_MINUTES_MS: u64 = 600_000;
/// Failed attempts per e-mail address.
const PER_EMAIL_QUOTA: Quota = Quota { limit: 10, window_ms: TEN_MINUTES_MS };
/// Attempts per client address.
const PER_ADDRESS_QUOTA: Quota = Quota { limit: 30, window_ms: TEN_MINUTES_MS };
/// Maximum number of windows.
const MAX_WINDOWS: usize = 50_000;

pub(crate) struct SignInThrottle(Mutex<WindowMap<String>>);

impl Default for SignInThrottle {
    fn default() -> Self {
        Self(Mutex::new(WindowMap::with_capacity(MAX_WINDOWS)))
    }
}

impl SignInThrottle {
    /// Counts an attempt, or refuses it.
    pub fn check(&self, email: &str, address: Option<&str>, now: Timestamp) -> Result<()> {
        let now = u64::try_from(now.millis()).unwrap_or(0);
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut check = |key: String, quota| match windows.check(key, now, quota) {
            RateDecision::Allowed { .. } => Ok(()),
            RateDecision::Refused { retry_after } => Err(Error::TooManyTries(retry_after)),
        };
        if let Some(address) = address {
            check(format!("address {address}"), PER_ADDRESS_QUOTA)?;
        }
        check(format!("account {email}"), PER_EMAIL_QUOTA)
    }

    /// Resets the window of an e-mail address after a successful sign-in.
    pub fn reset(&self, email: &str) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.remove(&format!("account {email}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenth_attempt_per_email_is_the_last_within_ten_minutes() {
        let throttle = SignInThrottle::default();
        let at = |ms: i64| Timestamp::from_millis(1_000_000 + ms);
        for i in 0..10 {
            assert!(throttle.check("a@x.de", Some(&format!("10.0.0.{i}")), at(i)).is_ok());
        }
        assert!(matches!(throttle.check("a@x.de", Some("10.0.0.99"), at(10)), Err(Error::TooManyTries(600))));
        assert!(throttle.check("b@x.de", Some("10.0.0.99"), at(10)).is_ok(), "another account");
        assert!(throttle.check("a@x.de", None, at(600_000)).is_ok(), "ten minutes later");
        throttle.reset("a@x.de");
        assert!(throttle.check("a@x.de", None, at(600_001)).is_ok());
    }

    #[test]
    fn thirtieth_attempt_per_address_is_the_last_within_ten_minutes() {
        let throttle = SignInThrottle::default();
        let at = Timestamp::from_millis(5);
        for i in 0..30 {
            assert!(throttle.check(&format!("{i}@x.de"), Some("10.0.0.1"), at).is_ok());
        }
        assert!(throttle.check("new@x.de", Some("10.0.0.1"), at).is_err());
    }
}
