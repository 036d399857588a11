//! Formatting of times and numbers.

use domain::Timestamp;
use domain::time::DAY_MS;
use leptos::prelude::*;

use crate::context;

/// A relative time, such as "3 days ago", with the exact UTC time as tooltip and in `datetime`.
#[component]
pub fn RelativeTime(at: Timestamp) -> impl IntoView {
    let exact = at.rfc3339();
    view! { <time datetime=exact.clone() title=exact>{relative(at, context::now())}</time> }
}

/// A count with thousands separators: 12,403.
#[component]
pub fn Number(of: i64) -> impl IntoView {
    view! { <span class="number">{group_digits(of)}</span> }
}

/// Formats a count with its noun: "1 license", "12,403 licenses".
pub fn pluralize(n: i64, noun: &str) -> String {
    format!("{} {noun}{}", group_digits(n), if n == 1 { "" } else { "s" })
}

/// Formats a frequency: "once", "12,403 times".
pub fn format_times(n: i64) -> String {
    if n == 1 { "once".to_owned() } else { format!("{} times", group_digits(n)) }
}

/// Formats the distance between two times in the largest unit that fits.
fn relative(at: Timestamp, now: Timestamp) -> String {
    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    let ms = now.millis() - at.millis();
    let distance = ms.abs();
    let (count, unit) = match distance {
        d if d < MINUTE => {
            return if ms >= 0 { "just now".into() } else { "in a moment".into() };
        }
        d if d < HOUR => (d / MINUTE, "minute"),
        d if d < DAY_MS => (d / HOUR, "hour"),
        d if d < 60 * DAY_MS => (d / DAY_MS, "day"),
        d if d < 730 * DAY_MS => (d / (30 * DAY_MS), "month"),
        d => (d / (365 * DAY_MS), "year"),
    };
    let distance = pluralize(count, unit);
    if ms >= 0 { format!("{distance} ago") } else { format!("in {distance}") }
}

/// Formats a count with thousands separators.
pub(super) fn group_digits(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if n < 0 { format!("−{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_thousands() {
        let cases =
            [(0, "0"), (999, "999"), (1_000, "1,000"), (12_403, "12,403"), (-1_234_567, "−1,234,567")];
        for (n, text) in cases {
            assert_eq!(group_digits(n), text);
        }
    }

    #[test]
    fn nouns_are_pluralized() {
        assert_eq!(
            ["0 licenses", "1 license", "1,001 licenses"],
            [0, 1, 1001].map(|n| pluralize(n, "license"))
        );
        assert_eq!(["0 times", "once", "2 times"], [0, 1, 2].map(format_times));
    }

    #[test]
    fn relative_times_are_rounded() {
        let now = Timestamp::from_millis(100 * 365 * DAY_MS);
        for (ms, text) in [
            (0, "just now"),
            (-60_000, "1 minute ago"),
            (-7_300_000, "2 hours ago"),
            (DAY_MS, "in 1 day"),
            (-45 * DAY_MS, "45 days ago"),
            (364 * DAY_MS, "in 12 months"),
            (-800 * DAY_MS, "2 years ago"),
        ] {
            assert_eq!(relative(now.plus_millis(ms), now), text);
        }
    }
}
