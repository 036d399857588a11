//! Scale of a chart: round numbers on its axis, and the texts of values and days.

use crate::component::time::group_digits;

/// Height of the bars, in CSS pixels, as in `style/overview.css`. Widths are percentages, so that no text is stretched.
pub const HEIGHT: f64 = 150.0;
/// Height above the bars, as in `style/overview.css`, for the text of the highest line.
pub const TOP: f64 = 10.0;
/// How many steps the axis has at most.
const MAX_STEPS: i64 = 3;

/// Maps counts to heights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    step: i64,
    steps: i64,
}

impl Scale {
    /// Returns the scale for counts up to `largest`. Its steps are 1, 2 or 5 times a power of ten.
    pub fn of(largest: i64) -> Self {
        let least = (largest.max(1) - 1) / MAX_STEPS + 1;
        let mut power = 1_i64;
        while power.saturating_mul(10) <= least {
            power = power.saturating_mul(10);
        }
        let step = [1, 2, 5, 10]
            .into_iter()
            .map(|factor| power.saturating_mul(factor))
            .find(|step| *step >= least)
            .unwrap_or(least);
        Self { step, steps: (largest.max(1) - 1) / step + 1 }
    }

    /// Returns the values of the lines, from zero up.
    pub fn ticks(self) -> impl Iterator<Item = i64> {
        (0..=self.steps).map(move |n| n.saturating_mul(self.step))
    }

    /// Returns the height of a count, in pixels.
    #[allow(clippy::cast_precision_loss, reason = "a drawing")]
    pub fn height(self, n: i64) -> f64 {
        n as f64 / (self.step as f64 * self.steps as f64) * HEIGHT
    }

    /// Returns the distance of a count from the top of the chart, in pixels.
    pub fn y(self, n: i64) -> f64 {
        TOP + HEIGHT - self.height(n)
    }
}

/// "0", "500", "20 k", "1.5 M".
pub fn short(n: i64) -> String {
    let (unit, name) = match n {
        1_000_000_000.. => (1_000_000_000, " G"),
        1_000_000.. => (1_000_000, " M"),
        10_000.. => (1_000, " k"),
        _ => return group_digits(n),
    };
    match n % unit * 10 / unit {
        0 => format!("{}{name}", n / unit),
        tenth => format!("{}.{tenth}{name}", n / unit),
    }
}

/// "Nov 1" for "2026-11-01".
pub fn day_label(date: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = date.split('-').skip(1).map(str::parse::<usize>);
    match (parts.next(), parts.next()) {
        (Some(Ok(month @ 1..=12)), Some(Ok(day))) => format!("{} {day}", MONTHS[month - 1]),
        _ => date.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_round_steps_and_reaches_the_largest_count() {
        let cases = [
            (0, vec![0, 1]),
            (1, vec![0, 1]),
            (3, vec![0, 1, 2, 3]),
            (4, vec![0, 2, 4]),
            (61, vec![0, 50, 100]),
            (124_987, vec![0, 50_000, 100_000, 150_000]),
        ];
        for (largest, ticks) in cases {
            assert_eq!(Scale::of(largest).ticks().collect::<Vec<_>>(), ticks, "{largest}");
        }
        assert!(Scale::of(i64::MAX).ticks().count() <= 4);
    }

    #[test]
    fn values_and_days_are_short() {
        assert_eq!([0, 500, 5_000, 20_000, 1_500_000].map(short), ["0", "500", "5,000", "20 k", "1.5 M"]);
        assert_eq!(day_label("2026-11-01"), "Nov 1");
        assert_eq!(day_label("not a date"), "not a date");
    }
}
