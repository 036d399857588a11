//! Times and numbers, written for people.

use domain::Timestamp;
use domain::time::DAY_MS;
use leptos::prelude::*;

use crate::ctx;

/// A time as "3 days ago", with the exact UTC on hover and for machines.
#[component]
pub fn Time(at: Timestamp) -> impl IntoView {
    let exact = at.rfc3339();
    view! { <time datetime=exact.clone() title=exact>{relative(at, ctx::now())}</time> }
}

/// A count with its thousands set apart: 12,403.
#[component]
pub fn Count(of: i64) -> impl IntoView {
    view! { <span class="number">{grouped(of)}</span> }
}

/// The distance between two times, in the largest unit that fits.
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
    let plural = if count == 1 { "" } else { "s" };
    if ms >= 0 { format!("{count} {unit}{plural} ago") } else { format!("in {count} {unit}{plural}") }
}

fn grouped(n: i64) -> String {
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
    fn counts_in_groups() {
        let cases =
            [(0, "0"), (999, "999"), (1_000, "1,000"), (12_403, "12,403"), (-1_234_567, "−1,234,567")];
        for (n, text) in cases {
            assert_eq!(grouped(n), text);
        }
    }

    #[test]
    fn distances() {
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
