//! Events of expiries: which are due, and which became due before anybody could take them.

use super::event::WebhookEvent;
use crate::Timestamp;
use crate::time::DAY_MS;

/// How long before its expiry a license expires soon, in milliseconds, unless its template says otherwise.
pub const EXPIRING_SOON_MS: i64 = 30 * DAY_MS;
/// How long expiries are looked for after they have passed, in milliseconds: longer than an outage lasts.
pub const EXPIRED_LOOK_BACK_MS: i64 = 7 * DAY_MS;

/// An event of an expiry, and the expiries for which it is due at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueExpiries {
    /// The event.
    pub event: WebhookEvent,
    /// Expiries after this time.
    pub after: Timestamp,
    /// Expiries up to this time.
    pub until: Timestamp,
    /// The event is due so long before the expiry, in milliseconds.
    offset_ms: i64,
}

impl DueExpiries {
    /// Returns both events at a time. No expiry is of both.
    #[must_use]
    pub fn at(now: Timestamp) -> [Self; 2] {
        [
            Self {
                event: WebhookEvent::LicenseExpired,
                after: now.plus_millis(-EXPIRED_LOOK_BACK_MS),
                until: now,
                offset_ms: 0,
            },
            Self {
                event: WebhookEvent::LicenseExpiringSoon,
                after: now,
                until: now.plus_millis(EXPIRING_SOON_MS),
                offset_ms: EXPIRING_SOON_MS,
            },
        ]
    }

    /// Returns whether the event of an expiry became due since webhooks take it. A license that was changed after
    /// its event was due has it since the change.
    #[must_use]
    pub fn is_new(&self, expires_at: Timestamp, changed_at: Timestamp, since: Timestamp) -> bool {
        expires_at.plus_millis(-self.offset_ms).max(changed_at) >= since
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    proptest! {
        #[test]
        fn an_expiry_has_one_event_at_most(left in -60 * DAY_MS..60 * DAY_MS) {
            let now = Timestamp::from_millis(NOW);
            let expires_at = now.plus_millis(left);
            let due = DueExpiries::at(now);
            let events: Vec<WebhookEvent> = due
                .iter()
                .filter(|due| expires_at > due.after && expires_at <= due.until)
                .map(|due| due.event)
                .collect();
            let expected = match left {
                _ if left <= -EXPIRED_LOOK_BACK_MS || left > EXPIRING_SOON_MS => vec![],
                _ if left <= 0 => vec![WebhookEvent::LicenseExpired],
                _ => vec![WebhookEvent::LicenseExpiringSoon],
            };
            prop_assert_eq!(events, expected);
        }
    }

    #[test]
    fn what_was_due_before_a_webhook_was_made_is_not_sent() {
        let at = |days: i64| Timestamp::from_millis(NOW).plus_days(days);
        let [expired, soon] = DueExpiries::at(at(0));
        let old = at(-400);
        assert!(!expired.is_new(at(-1), old, at(0)));
        assert!(expired.is_new(at(-1), old, at(-2)));
        assert!(expired.is_new(at(-1), at(0), at(0)), "the expiry was set to the past");
        assert!(!soon.is_new(at(20), old, at(0)));
        assert!(soon.is_new(at(20), old, at(-10)));
        assert!(soon.is_new(at(20), at(0), at(0)), "the license was issued for 20 days");
    }
}
