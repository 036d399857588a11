//! Durations in words: `2 hours`, `7 days`, `1 year`. A month has 30 days here and a year 365, because a
//! duration has no date that a calendar month could begin at; see [`crate::Period`] for those.

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;

/// The units of formatted durations, the largest first. Months and weeks are read, but not written.
const UNITS: [(u64, &str); 5] =
    [(YEAR, "year"), (DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second")];

/// Parses a duration in seconds: a bare number of seconds, numbers with units (`90 min`, `1 day 12 hours`), or
/// ISO 8601 (`P1D`, `PT2H`). `None` if the text has another form.
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim().to_lowercase();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    match text.strip_prefix('p') {
        Some(iso) => parse_iso(iso),
        None => parse_parts(&text, unit_of_word),
    }
}

/// Formats a duration in seconds: `1 hour 30 minutes`.
#[must_use]
pub fn format(seconds: u64) -> String {
    let (mut rest, mut parts) = (seconds, Vec::new());
    for (unit, name) in UNITS {
        let count = rest / unit;
        rest %= unit;
        match count {
            0 => {}
            1 => parts.push(format!("1 {name}")),
            _ => parts.push(format!("{count} {name}s")),
        }
    }
    if parts.is_empty() { "0 seconds".to_owned() } else { parts.join(" ") }
}

/// Parses the text after the `P` of ISO 8601: a part with days, and after `T` a part with hours.
fn parse_iso(text: &str) -> Option<u64> {
    let date_unit = |word: &str| match word {
        "y" => Some(YEAR),
        "m" => Some(30 * DAY),
        "w" => Some(7 * DAY),
        "d" => Some(DAY),
        _ => None,
    };
    let time_unit = |word: &str| match word {
        "h" => Some(HOUR),
        "m" => Some(MINUTE),
        "s" => Some(1),
        _ => None,
    };
    match text.split_once('t') {
        None => parse_parts(text, date_unit),
        Some(("", time)) => parse_parts(time, time_unit),
        Some((date, time)) => parse_parts(date, date_unit)?.checked_add(parse_parts(time, time_unit)?),
    }
}

fn unit_of_word(word: &str) -> Option<u64> {
    Some(match word {
        "y" | "year" | "years" => YEAR,
        "mo" | "month" | "months" => 30 * DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        "d" | "day" | "days" => DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        _ => return None,
    })
}

/// Parses numbers with units, the largest first and each once. Spaces, commas and `and` separate them.
fn parse_parts(text: &str, unit: impl Fn(&str) -> Option<u64>) -> Option<u64> {
    let mut rest = text.trim();
    let (mut total, mut last) = (0u64, u64::MAX);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let seconds = unit(&rest[..letters])?;
        if seconds >= last {
            return None;
        }
        last = seconds;
        total = total.checked_add(number.checked_mul(seconds)?)?;
        rest = rest[letters..].trim_start_matches([' ', ',']);
        rest = rest.strip_prefix("and ").unwrap_or(rest).trim_start();
    }
    (last != u64::MAX).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_parsed_and_formatted() {
        for (text, seconds, formatted) in [
            ("3600", 3600, "1 hour"),
            ("90 min", 5400, "1 hour 30 minutes"),
            ("2 hours", 7200, "2 hours"),
            ("7 days", 604_800, "7 days"),
            ("1 week", 604_800, "7 days"),
            ("1 Year", 31_536_000, "1 year"),
            ("1d 12h", 129_600, "1 day 12 hours"),
            ("1 day, 2 hours and 1 minute", 93_660, "1 day 2 hours 1 minute"),
            ("1 month", 2_592_000, "30 days"),
            ("P1DT2H", 93_600, "1 day 2 hours"),
            ("PT90M", 5400, "1 hour 30 minutes"),
            ("P1M", 2_592_000, "30 days"),
            ("0", 0, "0 seconds"),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
            assert_eq!(format(seconds), formatted, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "",
            "p",
            "pt",
            "hour",
            "-1",
            "1.5 hours",
            "2 hours 1 day",
            "1 h 1 h",
            "1 parsec",
            "99999999999999999999 y",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn formatted_duration_is_parsed_as_itself(seconds in any::<u32>()) {
            let seconds = u64::from(seconds);
            prop_assert_eq!(parse(&format(seconds)), Some(seconds));
            prop_assert_eq!(parse(&seconds.to_string()), Some(seconds));
        }

        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
