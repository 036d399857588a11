//! Reminders of a license's expiry: 30, 7 and 1 days before.
//!
//! A license is in one window at a time, so that only the nearest reminder is due: after a switch-on, an
//! import or an outage, the earlier ones are not sent late.

use crate::Timestamp;
use crate::time::DAY_MS;

/// The days before the expiry, the nearest first.
pub const REMINDER_DAYS: [i32; 3] = [1, 7, 30];

/// The earliest reminder, in days before the expiry.
pub const FIRST_REMINDER_DAYS: i32 = 30;

/// Returns the reminder that is due, in days before the expiry. The license has this expiry since `since`,
/// when it was issued, imported or renewed.
///
/// The first reminder is not due if `since` is later than a day before it: the customer has just bought 30
/// days or less, or the license was imported. The next reminder follows.
#[must_use]
pub fn due_reminder(expires_at: Timestamp, since: Timestamp, now: Timestamp) -> Option<i32> {
    if expires_at <= now {
        return None;
    }
    let days = REMINDER_DAYS.into_iter().find(|days| expires_at <= now.plus_days(i64::from(*days)))?;
    let was_late = since > expires_at.plus_days(-i64::from(days) - 1);
    (days != FIRST_REMINDER_DAYS || !was_late).then_some(days)
}

/// Returns the time until the expiry in words, rounded up to days: `7 days`.
#[must_use]
pub fn time_left(expires_at: Timestamp, now: Timestamp) -> String {
    let millis = expires_at.millis().saturating_sub(now.millis()).max(0);
    let days = millis / DAY_MS + i64::from(millis % DAY_MS > 0);
    match days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_768_473_000_000;

    fn due(left: i64, age: i64) -> Option<i32> {
        let now = Timestamp::from_millis(NOW);
        due_reminder(now.plus_millis(left), now.plus_millis(-age), now)
    }

    #[test]
    fn only_the_nearest_reminder_is_due() {
        let old = 400 * DAY_MS;
        for (left, days) in [
            (-1, None),
            (0, None),
            (1, Some(1)),
            (DAY_MS, Some(1)),
            (DAY_MS + 1, Some(7)),
            (7 * DAY_MS, Some(7)),
            (7 * DAY_MS + 1, Some(30)),
            (30 * DAY_MS, Some(30)),
            (30 * DAY_MS + 1, None),
        ] {
            assert_eq!(due(left, old), days, "{left}");
        }
    }

    #[test]
    fn a_license_for_30_days_gets_no_reminder_at_once() {
        assert_eq!(due(30 * DAY_MS, 0), None);
        assert_eq!(due(20 * DAY_MS, 0), None);
        assert_eq!(due(5 * DAY_MS, 0), Some(7));
        assert_eq!(due(1000, 0), Some(1));
        assert_eq!(due(29 * DAY_MS, DAY_MS), None);
        assert_eq!(due(29 * DAY_MS, 2 * DAY_MS), Some(30));
    }

    #[test]
    fn time_left_is_rounded_up() {
        let now = Timestamp::from_millis(NOW);
        for (left, text) in [
            (1, "1 day"),
            (DAY_MS, "1 day"),
            (DAY_MS + 1, "2 days"),
            (7 * DAY_MS - 1, "7 days"),
            (0, "0 days"),
        ] {
            assert_eq!(time_left(now.plus_millis(left), now), text);
        }
    }

    proptest! {
        #[test]
        fn time_left_is_within_the_window(left in 1..40 * DAY_MS) {
            if let Some(days) = due(left, 400 * DAY_MS) {
                prop_assert!(left <= i64::from(days) * DAY_MS);
            }
        }
    }
}
