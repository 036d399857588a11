//! Rules as forms write them: the texts of their fields and the parsing of such texts.
//!
//! `empty` is the meaning of an empty field: `None` follows the product.

mod addresses;
mod time;

pub use addresses::{MAX_ADDRESSES, MAX_RANGES, parse_ranges, ranges_text};
pub use time::{MAX_SECONDS, TimeField};

use crate::{FieldError, Period};

/// The text of an interval without an end.
const NEVER: &str = "never";

/// Returns the text of a switch.
#[must_use]
pub fn switch_text(on: bool) -> &'static str {
    if on { "yes" } else { "no" }
}

/// Parses a switch.
///
/// # Errors
/// Returns [`FieldError`] unless the text is `yes`, `no` or empty.
pub fn parse_switch(
    field: &'static str,
    text: &str,
    empty: Option<bool>,
) -> Result<Option<bool>, FieldError> {
    match text {
        "" => Ok(empty),
        "yes" => Ok(Some(true)),
        "no" => Ok(Some(false)),
        _ => Err(FieldError::new(field, "Choose one of the offered values.")),
    }
}

/// Parses a word of a menu by `parse`.
///
/// # Errors
/// Returns [`FieldError`] for an unknown word.
pub fn parse_word<T>(
    field: &'static str,
    text: &str,
    empty: Option<T>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, FieldError> {
    if text.is_empty() {
        return Ok(empty);
    }
    parse(text).map(Some).ok_or_else(|| FieldError::new(field, "Choose one of the offered values."))
}

/// Returns the text of a number of deactivations; -1 is unlimited.
#[must_use]
pub fn limit_text(limit: i64) -> String {
    if limit < 0 { "unlimited".to_owned() } else { limit.to_string() }
}

/// Parses a number of deactivations; `unlimited` is -1.
///
/// # Errors
/// Returns [`FieldError`] unless the text is a whole number, `unlimited` or empty.
pub fn parse_limit(field: &'static str, text: &str, empty: Option<i64>) -> Result<Option<i64>, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(empty);
    }
    if text.eq_ignore_ascii_case("unlimited") {
        return Ok(Some(-1));
    }
    let number = parse_number(text);
    number
        .map(|number| Some(i64::from(number)))
        .ok_or_else(|| FieldError::new(field, "This is a whole number such as 0 or 5, or “unlimited”."))
}

/// Parses a number.
///
/// # Errors
/// Returns [`FieldError`] unless the text is a whole number or empty.
pub fn parse_count(field: &'static str, text: &str, empty: Option<u32>) -> Result<Option<u32>, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(empty);
    }
    parse_number(text)
        .map(Some)
        .ok_or_else(|| FieldError::new(field, "This is a whole number such as 0 or 5."))
}

fn parse_number(text: &str) -> Option<u32> {
    text.parse::<u32>().ok().filter(|number| i32::try_from(*number).is_ok())
}

/// Returns the text of a stored interval.
#[must_use]
pub fn interval_text(interval: &str) -> String {
    if interval.is_empty() {
        return NEVER.to_owned();
    }
    interval.parse::<Period>().map_or_else(|_| interval.to_owned(), Period::label)
}

/// Parses an interval as it is stored; `never` has no end.
///
/// # Errors
/// Returns [`FieldError`] unless the text is a period, `never` or empty.
pub fn parse_interval(
    field: &'static str,
    text: &str,
    empty: Option<String>,
) -> Result<Option<String>, FieldError> {
    let text = text.trim();
    if text.eq_ignore_ascii_case(NEVER) {
        return Ok(Some(String::new()));
    }
    let period = Period::parse(field, text).map_err(|_| {
        let example = "This is a period such as 1 year, 6 months, 2 weeks or 30 days, of at most 100 years";
        FieldError::new(field, format!("{example}, or “{NEVER}” for no end."))
    })?;
    Ok(period.map(|period| period.to_string()).or(empty))
}

/// Returns whether a text is a release: two to four numbers with dots between them.
#[must_use]
pub fn is_release(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    (2..=4).contains(&parts.len())
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// Parses the newest release that may be used; empty is any.
///
/// # Errors
/// Returns [`FieldError`] unless the text is a release or empty.
pub fn parse_release(field: &'static str, text: &str) -> Result<Option<String>, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let is_valid = text.len() <= 256 && is_release(text);
    is_valid
        .then(|| Some(text.to_owned()))
        .ok_or_else(|| FieldError::new(field, "This is a version such as 2.1 or 2.1.0.4, or empty."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TIMES: [TimeField; 5] = [
        TimeField::SYNC_INTERVAL,
        TimeField::SYNC_GRACE,
        TimeField::CLOCK_OFFSET,
        TimeField::LEASE,
        TimeField::EXPIRING_SOON,
    ];

    #[test]
    fn empty_fields_mean_what_the_form_says() {
        assert_eq!(TimeField::LEASE.parse(" ", None), Ok(None));
        assert_eq!(TimeField::LEASE.parse("", Some(0)), Ok(Some(0)));
        assert_eq!(parse_switch("allow_vm", "", Some(true)), Ok(Some(true)));
        assert_eq!(parse_limit("deactivations", "", None), Ok(None));
        assert_eq!(parse_interval("interval", "", None), Ok(None));
        assert_eq!(parse_interval("interval", "Never", None), Ok(Some(String::new())));
        assert_eq!(parse_ranges("ip_ranges", "\n", 20, None), Ok(None));
        assert_eq!(parse_ranges("ip_ranges", "none", 20, None), Ok(Some(Vec::new())));
    }

    #[test]
    fn invalid_texts_name_their_field() {
        let faults = [
            TimeField::SYNC_INTERVAL.parse("soon", None).map(drop),
            TimeField::SYNC_GRACE.parse("69 years", None).map(drop),
            parse_switch("allow_vm", "on", None).map(drop),
            parse_limit("deactivations", "-1", None).map(drop),
            parse_count("floating_clients", "9999999999", None).map(drop),
            parse_ranges("ip_ranges", "10.0.0.0/8\nhost", 20, None).map(drop),
            parse_ranges("denied_addresses", "10.0.0.1, 10.0.0.2", 1, None).map(drop),
            parse_interval("interval", "soon", None).map(drop),
            parse_release("max_release", "2").map(drop),
        ];
        let fields: Vec<_> = faults.into_iter().map(|fault| fault.expect_err("a fault").field).collect();
        assert_eq!(
            fields,
            [
                "sync_interval",
                "sync_grace",
                "allow_vm",
                "deactivations",
                "floating_clients",
                "ip_ranges",
                "denied_addresses",
                "interval",
                "max_release",
            ]
        );
    }

    #[test]
    fn refusals_name_the_word_for_no_limit() {
        let message = |refused: Result<(), FieldError>| refused.expect_err("a fault").message;
        let interval = message(parse_interval("interval", "unlimited", None).map(drop));
        assert!(interval.contains("“never”"), "{interval}");
        let grace = message(TimeField::SYNC_GRACE.parse("-1", None).map(drop));
        assert!(grace.contains("“unlimited”"), "{grace}");
        let limit = message(parse_limit("deactivations", "1,000", None).map(drop));
        assert!(limit.contains("“unlimited”"), "{limit}");
    }

    #[test]
    fn releases_have_two_to_four_numbers() {
        for (text, is_valid) in
            [("2.1", true), ("1.2.3.4", true), ("2", false), ("1.2.3.4.5", false), ("1.", false)]
        {
            assert_eq!(is_release(text), is_valid, "{text}");
        }
    }

    proptest! {
        #[test]
        fn texts_are_parsed_as_their_rule(seconds in 0..=MAX_SECONDS, limit in -1..=i64::from(i32::MAX), months in 1..=1200u32) {
            for time in TIMES {
                for seconds in [seconds, time.special, time.max] {
                    prop_assert_eq!(time.parse(&time.text(seconds), None), Ok(Some(seconds)));
                }
            }
            prop_assert_eq!(parse_limit("deactivations", &limit_text(limit), None), Ok(Some(limit)));
            let interval = Period::from_months(months).map(|period| period.to_string());
            prop_assert_eq!(parse_interval("interval", &interval_text(interval.as_deref().unwrap_or("")), None), Ok(interval));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>()) {
            let _ = TimeField::LEASE.parse(&text, None);
            let _ = parse_limit("deactivations", &text, None);
            let _ = parse_ranges("ip_ranges", &text, 20, None);
            let _ = parse_interval("interval", &text, None);
            let _ = parse_release("max_release", &text);
        }
    }
}
