//! When a certificate is ordered: the renewal before its end, and the pauses after orders that fail.

use crate::Timestamp;
use crate::time::DAY_MS;

/// An order that begins moves the next one by this time at least, in milliseconds, which is longer than any order. So no
/// two nodes order at once, and a node that stops meanwhile does not order anew at each start.
pub const RESERVATION_MS: i64 = 5 * 60_000;
/// Pauses after the first, second and third failure in a row, and after each later one, in milliseconds. Let's Encrypt
/// refuses a name for an hour after five failed validations within an hour.
const PAUSES_MS: [i64; 4] = [60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000];
/// Failures in a row within some 24 hours. After them pauses grow on, unless the order is urgent.
const FAILURES_OF_A_DAY: u32 = 28;
/// How often a pause of an hour is doubled. The last result is limited by [`DAY_MS`].
const MAX_DOUBLINGS: u32 = 5;
/// A certificate with less than this time left is urgent, in milliseconds.
const URGENT_MS: i64 = 7 * DAY_MS;
/// A renewal comes up to this part of the lifetime before two thirds of it, so that servers do not renew at once.
const JITTER_DIVISOR: i64 = 30;
/// A pause grows by up to this part of it.
const PAUSE_JITTER_DIVISOR: i64 = 10;

/// Returns when a certificate is renewed: before two thirds of its lifetime. `jitter` is random.
#[must_use]
pub fn renewal_time(valid_from: Timestamp, expires_at: Timestamp, jitter: u16) -> Timestamp {
    let life = expires_at.millis().saturating_sub(valid_from.millis()).max(0);
    let earlier = scaled(life / JITTER_DIVISOR, jitter);
    Timestamp::from_millis(valid_from.millis().saturating_add(life / 3 * 2).saturating_sub(earlier))
}

/// Returns whether an order is urgent: there is no certificate, or it ends within a week.
#[must_use]
pub fn is_urgent(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|end| end.millis().saturating_sub(now.millis()) < URGENT_MS)
}

/// Returns the pause in milliseconds after `failures` in a row, of which there is at least one: at most an hour if the
/// order is urgent, else at most a day. `jitter` is random.
#[must_use]
pub fn retry_pause(failures: u32, is_urgent: bool, jitter: u16) -> i64 {
    let place = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    let pause = PAUSES_MS[place.min(PAUSES_MS.len() - 1)];
    let doublings = if is_urgent { 0 } else { failures.saturating_sub(FAILURES_OF_A_DAY).min(MAX_DOUBLINGS) };
    let pause = (pause << doublings).min(DAY_MS);
    pause + scaled(pause / PAUSE_JITTER_DIVISOR, jitter)
}

/// Returns the part `jitter` / 65,536 of a time in milliseconds.
fn scaled(millis: i64, jitter: u16) -> i64 {
    // Divided first, because the product could exceed the type.
    millis / 65_536 * i64::from(jitter) + millis % 65_536 * i64::from(jitter) / 65_536
}

/// The state of the certificate that a node serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateState {
    /// The first certificate was not issued yet. Browsers and apps refuse the placeholder.
    Waiting,
    /// The certificate is valid.
    Valid,
    /// The certificate is valid, but its renewal fails.
    RenewalFails,
    /// The certificate has ended.
    Expired,
}

impl CertificateState {
    /// Returns the word of health checks.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Valid => "valid",
            Self::RenewalFails => "renewal_fails",
            Self::Expired => "expired",
        }
    }
}

/// Returns the state of a certificate that ends at `expires_at`, if there is one.
#[must_use]
pub fn certificate_state(
    expires_at: Option<Timestamp>,
    last_order_failed: bool,
    now: Timestamp,
) -> CertificateState {
    match expires_at {
        None => CertificateState::Waiting,
        Some(end) if end <= now => CertificateState::Expired,
        Some(_) if last_order_failed => CertificateState::RenewalFails,
        Some(_) => CertificateState::Valid,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR_MS: i64 = 60 * 60_000;

    #[test]
    fn ninety_days_are_renewed_after_some_sixty() {
        let days = |count: i64| Timestamp::from_millis(count * DAY_MS);
        assert_eq!(renewal_time(days(0), days(90), 0), days(60));
        assert!(renewal_time(days(0), days(90), u16::MAX) > days(57));
        assert_eq!(renewal_time(days(5), days(5), u16::MAX), days(5));
    }

    #[test]
    fn pauses_grow_to_an_hour() {
        let minutes = |failures| retry_pause(failures, true, 0) / 60_000;
        assert_eq!([0, 1, 2, 3, 4, 5, u32::MAX].map(minutes), [1, 1, 5, 15, 60, 60, 60]);
        assert!(retry_pause(9, true, u16::MAX) < HOUR_MS * 11 / 10);
    }

    #[test]
    fn pauses_grow_to_a_day_while_there_is_time() {
        let hours = |failures| retry_pause(failures, false, 0) / HOUR_MS;
        assert_eq!([4, 28, 29, 30, 31, 32, 33, u32::MAX].map(hours), [1, 1, 2, 4, 8, 16, 24, 24]);
        let before: i64 = (1..FAILURES_OF_A_DAY).map(|failures| retry_pause(failures, false, 0)).sum();
        assert!(before >= DAY_MS, "{before} ms");
        let now = Timestamp::from_millis(0);
        let ends_in = |millis| is_urgent(Some(Timestamp::from_millis(millis)), now);
        assert!(is_urgent(None, now) && ends_in(URGENT_MS - 1) && !ends_in(URGENT_MS));
    }

    #[test]
    fn state_follows_the_end_and_the_last_order() {
        let at = Timestamp::from_millis;
        let state = |end: Option<i64>, failed| certificate_state(end.map(at), failed, at(10));
        assert_eq!(state(None, true), CertificateState::Waiting);
        assert_eq!(state(Some(11), false), CertificateState::Valid);
        assert_eq!(state(Some(11), true), CertificateState::RenewalFails);
        assert_eq!(state(Some(10), false), CertificateState::Expired);
    }

    proptest! {
        #[test]
        fn renewal_is_before_two_thirds_of_the_life(
            from in 0_i64..4_000_000_000_000,
            life in 0_i64..400 * DAY_MS,
            jitter in any::<u16>(),
        ) {
            let renewal = renewal_time(Timestamp::from_millis(from), Timestamp::from_millis(from + life), jitter).millis();
            prop_assert!(from + life / 2 <= renewal + 3 && renewal <= from + life / 3 * 2);
        }

        #[test]
        fn no_hour_has_five_failures(jitters in prop::collection::vec(any::<u16>(), 20)) {
            let mut times = vec![0];
            for (failures, jitter) in (1_u32..).zip(jitters) {
                times.push(times[times.len() - 1] + retry_pause(failures, true, jitter));
            }
            for window in times.windows(5) {
                prop_assert!(window[4] - window[0] >= HOUR_MS);
            }
        }
    }
}
