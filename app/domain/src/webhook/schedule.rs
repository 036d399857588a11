//! The schedule of attempts: at once, then ever later for three days.

use crate::time::DAY_MS;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// The pauses between attempts, in milliseconds.
const PAUSES_MS: [i64; 9] = [
    5_000,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
];
/// Attempts of a delivery.
#[allow(clippy::cast_possible_truncation, reason = "there are ten")]
pub const MAX_ATTEMPTS: u32 = PAUSES_MS.len() as u32 + 1;
/// The longest pause that a receiver can ask for, in milliseconds.
pub const MAX_RETRY_AFTER_MS: i64 = DAY_MS;

/// Returns the pause after failed attempts, in milliseconds. `None` if there is no further attempt.
///
/// `random` moves the pause by up to a tenth, so that the deliveries of an outage do not return at once. The
/// receiver's `Retry-After` makes it longer, up to 24 hours, and never shorter.
#[must_use]
pub fn next_attempt_in_ms(failed_attempts: u32, random: u16, retry_after_ms: Option<i64>) -> Option<i64> {
    let index = usize::try_from(failed_attempts).ok()?.checked_sub(1)?;
    let pause = *PAUSES_MS.get(index)?;
    let span = pause / 5;
    let jitter = span * i64::from(random) / i64::from(u16::MAX) - span / 2;
    let asked_for = retry_after_ms.unwrap_or(0).clamp(0, MAX_RETRY_AFTER_MS);
    Some((pause + jitter).max(asked_for))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ten_attempts_are_made_within_four_days() {
        let pauses: Vec<i64> = (1..).map_while(|n| next_attempt_in_ms(n, u16::MAX / 2, None)).collect();
        assert_eq!(u32::try_from(pauses.len()), Ok(MAX_ATTEMPTS - 1));
        let sum: i64 = pauses.iter().sum();
        assert!((3 * DAY_MS..4 * DAY_MS).contains(&sum), "{sum}");
        assert_eq!(next_attempt_in_ms(0, 0, None), None);
        assert_eq!(next_attempt_in_ms(u32::MAX, 0, None), None);
    }

    proptest! {
        #[test]
        fn pauses_differ_by_a_tenth_at_most(n in 1..10_u32, random in any::<u16>()) {
            let pause = next_attempt_in_ms(n, random, None).expect("a pause");
            let nominal = PAUSES_MS[n as usize - 1];
            prop_assert!((pause - nominal).abs() <= nominal / 10, "{pause} {nominal}");
        }

        #[test]
        fn retry_after_only_lengthens(
            n in 1..10_u32, random in any::<u16>(), asked in prop::option::of(any::<i64>()),
        ) {
            let plain = next_attempt_in_ms(n, random, None).expect("a pause");
            let pause = next_attempt_in_ms(n, random, asked).expect("a pause");
            prop_assert!(pause >= plain);
            prop_assert!(pause <= plain.max(MAX_RETRY_AFTER_MS));
            if let Some(asked) = asked {
                prop_assert!(pause >= asked.min(MAX_RETRY_AFTER_MS));
            }
        }
    }
}
