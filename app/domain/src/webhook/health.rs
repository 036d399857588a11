//! The health of a webhook: healthy, unhealthy after a failure, suspended after many.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::delivery::AttemptOutcome;
use crate::time::DAY_MS;
use crate::{FieldError, Timestamp};

/// Failures in a row before a webhook is suspended.
pub const MIN_FAILURES: u32 = 50;
/// How long a receiver must have failed before its webhook is suspended, in milliseconds. A busy webhook fails
/// 50 times within seconds of an outage.
pub const MIN_FAILURE_TIME_MS: i64 = DAY_MS;

/// The status of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookStatus {
    /// The last attempt succeeded, or there was none.
    Healthy,
    /// The last attempt failed.
    Unhealthy,
    /// Nothing is sent until a member lifts the suspension.
    Suspended,
}

impl WebhookStatus {
    /// All statuses.
    pub const ALL: [Self; 3] = [Self::Healthy, Self::Unhealthy, Self::Suspended];

    /// Returns the stored word, which is also that of the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Suspended => "suspended",
        }
    }

    /// Returns the label of pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Unhealthy => "Failing",
            Self::Suspended => "Suspended",
        }
    }
}

impl fmt::Display for WebhookStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for WebhookStatus {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(word));
        found.ok_or_else(|| FieldError::new("status", "The status must be healthy, unhealthy or suspended."))
    }
}

/// The health of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// The status.
    pub status: WebhookStatus,
    /// Failed attempts since the last success.
    pub consecutive_failures: u32,
    /// The first of these failures.
    pub failing_since: Option<Timestamp>,
    /// The last success.
    pub last_succeeded_at: Option<Timestamp>,
}

impl Health {
    /// The health of a new webhook, and of one whose suspension was lifted.
    #[must_use]
    pub fn fresh(last_succeeded_at: Option<Timestamp>) -> Self {
        Self {
            status: WebhookStatus::Healthy,
            consecutive_failures: 0,
            failing_since: None,
            last_succeeded_at,
        }
    }

    /// Returns the health after an attempt that ended at `at`. A suspension is lifted by a member alone.
    #[must_use]
    pub fn after(self, outcome: AttemptOutcome, at: Timestamp) -> Self {
        let is_suspended = self.status == WebhookStatus::Suspended;
        if outcome == AttemptOutcome::Succeeded {
            let last_succeeded_at = Some(self.last_succeeded_at.map_or(at, |last| last.max(at)));
            let fresh = Self::fresh(last_succeeded_at);
            return if is_suspended { Self { status: self.status, ..fresh } } else { fresh };
        }
        let consecutive_failures = self.consecutive_failures.saturating_add(1);
        // Results of several nodes arrive in any order.
        let failing_since = self.failing_since.map_or(at, |since| since.min(at));
        let is_long = at.millis().saturating_sub(failing_since.millis()) >= MIN_FAILURE_TIME_MS;
        let is_over = outcome == AttemptOutcome::Gone || consecutive_failures >= MIN_FAILURES && is_long;
        let status =
            if is_suspended || is_over { WebhookStatus::Suspended } else { WebhookStatus::Unhealthy };
        Self { status, consecutive_failures, failing_since: Some(failing_since), ..self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + hours * HOUR_MS)
    }

    fn failed(times: u32, hour: i64) -> Health {
        (0..times).fold(Health::fresh(None), |health, _| health.after(AttemptOutcome::Failed, at(hour)))
    }

    #[test]
    fn one_failure_is_unhealthy_and_one_success_heals() {
        let failed = failed(1, 0);
        assert_eq!((failed.status, failed.consecutive_failures), (WebhookStatus::Unhealthy, 1));
        let healed = failed.after(AttemptOutcome::Succeeded, at(1));
        assert_eq!(healed, Health::fresh(Some(at(1))));
    }

    #[test]
    fn a_burst_of_failures_does_not_suspend_before_a_day_has_passed() {
        let burst = failed(10_000, 0);
        assert_eq!(burst.status, WebhookStatus::Unhealthy);
        assert_eq!(burst.after(AttemptOutcome::Failed, at(23)).status, WebhookStatus::Unhealthy);
        assert_eq!(burst.after(AttemptOutcome::Failed, at(24)).status, WebhookStatus::Suspended);
    }

    #[test]
    fn few_failures_over_many_days_do_not_suspend() {
        let slow =
            (0..49).fold(Health::fresh(None), |health, n| health.after(AttemptOutcome::Failed, at(n * 24)));
        assert_eq!(slow.status, WebhookStatus::Unhealthy);
        assert_eq!(slow.after(AttemptOutcome::Failed, at(49 * 24)).status, WebhookStatus::Suspended);
    }

    #[test]
    fn gone_suspends_at_once() {
        assert_eq!(Health::fresh(None).after(AttemptOutcome::Gone, at(0)).status, WebhookStatus::Suspended);
    }

    #[test]
    fn a_suspension_outlives_attempts() {
        let suspended = Health::fresh(None).after(AttemptOutcome::Gone, at(0));
        let succeeded = suspended.after(AttemptOutcome::Succeeded, at(1));
        assert_eq!((succeeded.status, succeeded.consecutive_failures), (WebhookStatus::Suspended, 0));
    }

    proptest! {
        #[test]
        fn suspended_means_fifty_failures_over_a_day(
            attempts in prop::collection::vec((any::<bool>(), 0..72_i64), 0..200),
        ) {
            let (mut health, mut time) = (Health::fresh(None), 0);
            for (is_success, hours) in attempts {
                time += hours;
                let before = health;
                let outcome = if is_success { AttemptOutcome::Succeeded } else { AttemptOutcome::Failed };
                health = health.after(outcome, at(time));
                if health.status == WebhookStatus::Suspended && before.status != WebhookStatus::Suspended {
                    prop_assert!(health.consecutive_failures >= MIN_FAILURES);
                    let since = health.failing_since.expect("a first failure");
                    prop_assert!(at(time).millis() - since.millis() >= MIN_FAILURE_TIME_MS);
                }
                prop_assert_eq!(health.consecutive_failures == 0, health.failing_since.is_none());
            }
        }
    }
}
