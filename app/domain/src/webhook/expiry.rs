//! Events of expiries: which are due, and which became due before anybody could take them.

use super::event::WebhookEvent;
use crate::Timestamp;
use crate::time::DAY_MS;

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
    /// Returns the licenses that have expired.
    #[must_use]
    pub fn expired(now: Timestamp) -> Self {
        let after = now.plus_millis(-EXPIRED_LOOK_BACK_MS);
        Self { event: WebhookEvent::LicenseExpired, after, until: now, offset_ms: 0 }
    }

    /// Returns the licenses that expire within an offset, in seconds.
    #[must_use]
    pub fn soon(now: Timestamp, offset: u32) -> Self {
        let offset_ms = i64::from(offset) * 1000;
        let until = now.plus_millis(offset_ms);
        Self { event: WebhookEvent::LicenseExpiringSoon, after: now, until, offset_ms }
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
    const THIRTY_DAYS: u32 = 30 * 86_400;

    proptest! {
        #[test]
        fn an_expiry_has_one_event_at_most(left in -60 * DAY_MS..60 * DAY_MS, offset in 0..5_000_000_u32) {
            let now = Timestamp::from_millis(NOW);
            let expires_at = now.plus_millis(left);
            let events: Vec<WebhookEvent> = [DueExpiries::expired(now), DueExpiries::soon(now, offset)]
                .iter()
                .filter(|due| expires_at > due.after && expires_at <= due.until)
                .map(|due| due.event)
                .collect();
            let expected = match left {
                _ if left <= -EXPIRED_LOOK_BACK_MS || left > i64::from(offset) * 1000 => vec![],
                _ if left <= 0 => vec![WebhookEvent::LicenseExpired],
                _ => vec![WebhookEvent::LicenseExpiringSoon],
            };
            prop_assert_eq!(events, expected);
        }
    }

    #[test]
    fn what_was_due_before_a_webhook_was_made_is_not_sent() {
        let at = |days: i64| Timestamp::from_millis(NOW).plus_days(days);
        let (expired, soon) = (DueExpiries::expired(at(0)), DueExpiries::soon(at(0), THIRTY_DAYS));
        let old = at(-400);
        assert!(!expired.is_new(at(-1), old, at(0)));
        assert!(expired.is_new(at(-1), old, at(-2)));
        assert!(expired.is_new(at(-1), at(0), at(0)), "the expiry was set to the past");
        assert!(!soon.is_new(at(20), old, at(0)));
        assert!(soon.is_new(at(20), old, at(-10)));
        assert!(soon.is_new(at(20), at(0), at(0)), "the license was issued for 20 days");
    }
}
