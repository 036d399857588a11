//! Sign-in throttle, in memory per node. It slows guesses down and never locks an owner out: no one
//! else's attempts make the right password from another address fail.
//!
//! - Attempts per address, and per account and address, are limited in a sliding window.
//! - Attempts per account from all addresses are delayed, longer with each failure. Browsers that have
//!   signed in to the account before have a bucket of their own.
//!
//! Buckets of an account are named after its password version, so that a new password empties them.
//!
//! Each node enforces its share of each limit, at least one attempt. A share changes how many attempts of a client
//! pass, never whose attempts count for it.

use std::time::Duration;

use domain::Timestamp;
use domain::rate_limit::Quota;

use super::credential_version::CredentialVersion;
use crate::throttle_windows::ThrottleWindows;
use crate::{CurrentShare, Result};

const TEN_MINUTES_MS: u64 = 600_000;
/// Failed attempts per account and client address.
const PER_ACCOUNT_AND_ADDRESS: Quota = Quota { limit: 10, window_ms: TEN_MINUTES_MS };
/// Attempts per client address.
const PER_ADDRESS: Quota = Quota { limit: 30, window_ms: TEN_MINUTES_MS };
/// Failures of an account on one node, for its delay. The number bounds the memory of a bucket.
const PER_ACCOUNT: Quota = Quota { limit: 64, window_ms: TEN_MINUTES_MS };
/// Failures of an account that are not delayed.
const FREE_FAILURES: u32 = 10;
/// Attempts of a user with codes of the second factor, from all addresses.
const PER_CODE_USE: Quota = Quota { limit: 10, window_ms: TEN_MINUTES_MS };
/// The same in a day, so that guesses go on for longer than a password lasts.
const PER_CODE_USE_AND_DAY: Quota = Quota { limit: 50, window_ms: 24 * 60 * 60_000 };
/// Requests of links that set a new password, per client address.
const RESETS_PER_ADDRESS: Quota = Quota { limit: 10, window_ms: TEN_MINUTES_MS };
/// Sign-ups of sellers, or requests of their links, per client address.
const SIGN_UPS_PER_ADDRESS: Quota = Quota { limit: 10, window_ms: 60 * 60_000 };
/// Longest delay of an attempt.
const MAX_DELAY: Duration = Duration::from_secs(8);

/// The use of a code. Each has buckets of its own, so that guesses at the sign-in keep no signed-in user from a
/// new password.
#[derive(Debug, Clone, Copy)]
pub(in crate::account) enum CodeUse {
    /// The second step of a sign-in.
    SignIn,
    /// A change of the own sign-in, within a session.
    OwnChange,
}

/// The origin of an attempt.
pub(crate) struct Attempt<'a> {
    /// The account: its password version, or the typed address of an unknown account.
    pub account: &'a str,
    /// The client's address.
    pub address: Option<&'a str>,
    /// The id of a browser that has signed in to this account before.
    pub device: Option<&'a str>,
}

impl Attempt<'_> {
    fn address_bucket(&self) -> Option<String> {
        self.address.map(|address| format!("address {address}"))
    }

    fn pair_bucket(&self) -> String {
        format!("account {} from {}", self.account, self.address.unwrap_or("an unknown address"))
    }

    fn account_bucket(&self) -> String {
        match self.device {
            Some(device) => format!("device {device} of {}", self.account),
            None => format!("account {}", self.account),
        }
    }
}

pub(crate) struct SignInThrottle(ThrottleWindows);

impl SignInThrottle {
    /// Creates a throttle that enforces this node's share.
    pub(crate) fn new(share: &CurrentShare) -> Self {
        Self(ThrottleWindows::new(share))
    }

    /// Counts an attempt and returns the delay before it is answered, or refuses it.
    pub(crate) fn check(&self, attempt: &Attempt<'_>, now: Timestamp) -> Result<Duration> {
        if let Some(bucket) = attempt.address_bucket() {
            self.0.check(bucket, PER_ADDRESS, now)?;
        }
        self.0.check(attempt.pair_bucket(), PER_ACCOUNT_AND_ADDRESS, now)?;
        let failures = self.0.count(attempt.account_bucket(), PER_ACCOUNT, now).unwrap_or(PER_ACCOUNT.limit);
        // All nodes together give the free failures. Beyond them, each delays by what it has counted.
        Ok(delay(failures, self.0.share().of_limit(FREE_FAILURES)))
    }

    /// Counts an attempt with a code of the second factor, or refuses it. Only a client with the right
    /// password comes this far, so that others' guesses lock no user out. New credentials empty the buckets.
    pub(super) fn check_codes(
        &self,
        used_for: CodeUse,
        version: &CredentialVersion,
        now: Timestamp,
    ) -> Result<()> {
        let quotas = [PER_CODE_USE, PER_CODE_USE_AND_DAY];
        let mut buckets = code_buckets(used_for, version).into_iter().zip(quotas);
        buckets.try_for_each(|(bucket, quota)| self.0.check(bucket, quota, now))
    }

    /// Counts a request of a link that sets a new password, or refuses it.
    pub(super) fn check_reset(&self, address: Option<&str>, now: Timestamp) -> Result<()> {
        let bucket = format!("resets from {}", address.unwrap_or("an unknown address"));
        self.0.check(bucket, RESETS_PER_ADDRESS, now)
    }

    /// Counts a sign-up of a seller, or a request of a link for it, or refuses it.
    pub(crate) fn check_sign_up(&self, address: Option<&str>, now: Timestamp) -> Result<()> {
        let bucket = format!("sign-ups from {}", address.unwrap_or("an unknown address"));
        self.0.check(bucket, SIGN_UPS_PER_ADDRESS, now)
    }

    /// Empties the buckets of a user after a right code.
    pub(super) fn reset_codes(&self, used_for: CodeUse, version: &CredentialVersion) {
        self.0.remove(code_buckets(used_for, version));
    }

    /// Empties the buckets of an account after a successful sign-in.
    pub(crate) fn reset(&self, attempt: &Attempt<'_>) {
        self.0.remove([attempt.pair_bucket(), attempt.account_bucket()]);
    }
}

fn code_buckets(used_for: CodeUse, version: &CredentialVersion) -> [String; 2] {
    ["codes", "codes of a day"].map(|bucket| format!("{bucket} {used_for:?} {}", version.as_str()))
}

/// Doubles with each failure beyond the `free` ones.
fn delay(failures: u32, free: u32) -> Duration {
    match failures.checked_sub(free + 1) {
        None => Duration::ZERO,
        Some(excess) => Duration::from_millis(250).saturating_mul(1 << excess.min(16)).min(MAX_DELAY),
    }
}

#[cfg(test)]
mod tests {
    use domain::rate_limit::{NodeShare, RateLimitScope};

    use super::*;
    use crate::Error;

    fn attempt<'a>(account: &'a str, address: &'a str) -> Attempt<'a> {
        Attempt { account, address: Some(address), device: None }
    }

    #[test]
    fn tenth_failure_from_an_address_is_the_last_within_ten_minutes() {
        let throttle = SignInThrottle::new(&CurrentShare::default());
        let at = |ms: i64| Timestamp::from_millis(1_000_000 + ms);
        for i in 0..10 {
            assert_eq!(throttle.check(&attempt("a", "10.0.0.1"), at(i)).ok(), Some(Duration::ZERO));
        }
        assert!(matches!(throttle.check(&attempt("a", "10.0.0.1"), at(10)), Err(Error::TooManyTries(600))));
        assert!(throttle.check(&attempt("b", "10.0.0.1"), at(10)).is_ok(), "another account");
        assert!(throttle.check(&attempt("a", "10.0.0.2"), at(10)).is_ok(), "another address");
        assert!(throttle.check(&attempt("a", "10.0.0.1"), at(600_000)).is_ok(), "ten minutes later");
        throttle.reset(&attempt("a", "10.0.0.1"));
        assert!(throttle.check(&attempt("a", "10.0.0.1"), at(600_001)).is_ok());
    }

    #[test]
    fn failures_from_many_addresses_delay_an_account_and_lock_no_one_out() {
        let throttle = SignInThrottle::new(&CurrentShare::default());
        let at = Timestamp::from_millis(5);
        for i in 0..500 {
            let address = format!("10.0.{}.{}", i / 250, i % 250);
            assert!(throttle.check(&attempt("a", &address), at).is_ok());
        }
        assert_eq!(throttle.check(&attempt("a", "192.0.2.1"), at).ok(), Some(MAX_DELAY));
        let known = Attempt { device: Some("d"), ..attempt("a", "192.0.2.1") };
        assert_eq!(throttle.check(&known, at).ok(), Some(Duration::ZERO), "a known browser");
        assert_eq!(throttle.check(&attempt("new version", "192.0.2.1"), at).ok(), Some(Duration::ZERO));
    }

    #[test]
    fn delay_doubles_up_to_its_maximum() {
        let delays: Vec<u128> = (10..18).map(|failures| delay(failures, FREE_FAILURES).as_millis()).collect();
        assert_eq!(delays, [0, 250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
    }

    /// Returns the throttles of all nodes of a cluster.
    fn cluster(nodes: u32) -> Vec<SignInThrottle> {
        let throttle = |rank| {
            let share = CurrentShare::default();
            share.set_scope(RateLimitScope::Cluster);
            share.observe(NodeShare::new(rank, nodes), 1, 1);
            SignInThrottle::new(&share)
        };
        (0..nodes).map(throttle).collect()
    }

    #[test]
    fn nodes_give_one_limit_together() {
        let at = Timestamp::from_millis(5);
        for (nodes, attempts_of_an_account, attempts_of_an_address) in
            [(1, 10, 30), (3, 10, 30), (4, 10, 30), (12, 12, 30)]
        {
            let throttles = cluster(nodes);
            let admitted =
                |attempt: &dyn Fn(usize) -> bool| (0..40 * throttles.len()).filter(|n| attempt(*n)).count();
            let of_account =
                admitted(&|n| throttles[n % throttles.len()].check(&attempt("a", "10.0.0.1"), at).is_ok());
            assert_eq!(of_account, attempts_of_an_account, "{nodes} nodes");
            let of_address = admitted(&|n| {
                throttles[n % throttles.len()].check(&attempt(&n.to_string(), "10.0.0.2"), at).is_ok()
            });
            assert_eq!(of_address, attempts_of_an_address, "{nodes} nodes");
        }
    }

    #[test]
    fn shares_lock_no_owner_out() {
        let at = Timestamp::from_millis(5);
        for throttle in cluster(64) {
            for i in 0..500 {
                let address = format!("10.0.{}.{}", i / 250, i % 250);
                let _ = throttle.check(&attempt("a", &address), at);
            }
            let delay = throttle.check(&attempt("a", "192.0.2.1"), at);
            assert_eq!(delay.ok(), Some(MAX_DELAY), "delayed, not refused");
        }
    }

    #[test]
    fn nodes_give_the_free_failures_together() {
        let at = Timestamp::from_millis(5);
        let throttles = cluster(3);
        let free = (0..60).filter(|n| {
            let delay = throttles[n % 3].check(&attempt("a", &format!("10.0.0.{n}")), at);
            delay.is_ok_and(|delay| delay.is_zero())
        });
        assert_eq!(free.count(), 10);
    }

    #[test]
    fn requests_of_links_are_limited_per_address() {
        let throttle = SignInThrottle::new(&CurrentShare::default());
        let at = |ms: i64| Timestamp::from_millis(1_000_000 + ms);
        for _ in 0..10 {
            assert!(throttle.check_reset(Some("10.0.0.1"), at(0)).is_ok());
        }
        assert!(matches!(throttle.check_reset(Some("10.0.0.1"), at(0)), Err(Error::TooManyTries(600))));
        assert!(throttle.check_reset(Some("10.0.0.2"), at(0)).is_ok(), "another address");
    }

    #[test]
    fn tenth_sign_up_of_an_address_is_the_last_within_an_hour() {
        let throttle = SignInThrottle::new(&CurrentShare::default());
        let at = |ms: i64| Timestamp::from_millis(1_000_000 + ms);
        for _ in 0..10 {
            assert!(throttle.check_sign_up(Some("10.0.0.1"), at(0)).is_ok());
        }
        assert!(matches!(throttle.check_sign_up(Some("10.0.0.1"), at(0)), Err(Error::TooManyTries(3600))));
        assert!(throttle.check_sign_up(Some("10.0.0.2"), at(0)).is_ok(), "another address");
        assert!(throttle.check_sign_up(Some("10.0.0.1"), at(3_600_000)).is_ok(), "an hour later");
    }

    #[test]
    fn thirtieth_attempt_per_address_is_the_last_within_ten_minutes() {
        let throttle = SignInThrottle::new(&CurrentShare::default());
        let at = Timestamp::from_millis(5);
        for i in 0..30 {
            assert!(throttle.check(&attempt(&i.to_string(), "10.0.0.1"), at).is_ok());
        }
        assert!(throttle.check(&attempt("new", "10.0.0.1"), at).is_err());
    }
}
