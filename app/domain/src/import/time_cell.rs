//! Times in cells of other systems.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Texts for "never".
const NEVER: [&str; 10] = ["", "never", "lifetime", "unlimited", "none", "null", "-", "n/a", "0", "forever"];

/// The order of day and month in dates such as 01/02/2027.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Such dates are refused, because they have two meanings.
    #[default]
    Unknown,
    /// The day comes first.
    DayFirst,
    /// The month comes first.
    MonthFirst,
}

impl DateOrder {
    /// All orders, in menu order.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::DayFirst, Self::MonthFirst];

    /// Returns the word used in forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::DayFirst => "day_first",
            Self::MonthFirst => "month_first",
        }
    }

    /// Returns the label for menus.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Unknown => "Refused: they have two meanings",
            Self::DayFirst => "Day first: 1 February 2027",
            Self::MonthFirst => "Month first: January 2, 2027",
        }
    }

    /// Parses the word; another one is the default.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|order| order.as_str() == word).unwrap_or_default()
    }
}

/// The part of a day that a date without a time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartOfDay {
    /// The first second, as a time of issue.
    Start,
    /// The last second, as an expiry.
    End,
}

/// Parses a cell: a time in UTC, a date, or seconds or milliseconds since 1970. `None` is "never".
///
/// # Errors
/// Returns the message for the cell.
pub fn parse_time_cell(
    text: &str,
    order: DateOrder,
    part: PartOfDay,
) -> Result<Option<Timestamp>, &'static str> {
    const INVALID: &str =
        "This must be a date such as 2027-01-31, a time such as 2027-01-31T12:00:00Z, or empty.";
    let text = text.trim();
    if NEVER.contains(&text.to_lowercase().as_str()) || text.starts_with("0000-00-00") {
        return Ok(None);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) && (9..=13).contains(&text.len()) {
        let number: i64 = text.parse().map_err(|_| INVALID)?;
        let millis = if text.len() > 11 { number } else { number * 1000 };
        return Ok(Some(Timestamp::from_millis(millis)));
    }
    let (date, time) =
        text.split_once([' ', 'T', 't']).map_or((text, ""), |(date, time)| (date, time.trim()));
    let date = iso_date(date.trim_end_matches(','), order)?.ok_or(INVALID)?;
    let time = match (time, part) {
        ("", PartOfDay::Start) => "00:00:00Z".to_owned(),
        ("", PartOfDay::End) => "23:59:59Z".to_owned(),
        (time, _) => utc_time(time).ok_or(INVALID)?,
    };
    Timestamp::parse_expiry(&format!("{date}T{time}")).map(Some).map_err(|_| INVALID)
}

/// Returns a date as `YYYY-MM-DD`. Dates with dots are German, with the day first.
fn iso_date(date: &str, order: DateOrder) -> Result<Option<String>, &'static str> {
    const TWO_MEANINGS: &str = "This date has two meanings. Write it as 2027-01-31, or choose the order of day and month with the file.";
    let Some(separator) = date.chars().find(|c| !c.is_ascii_digit()) else { return Ok(None) };
    let parts: Vec<&str> = date.split(separator).collect();
    let [a, b, c] = parts[..] else { return Ok(None) };
    let (year, month, day) = match (a.len(), separator, order) {
        (4, '-' | '/' | '.', _) => (a, b, c),
        (_, '.', _) | (_, '/' | '-', DateOrder::DayFirst) => (c, b, a),
        (_, '/' | '-', DateOrder::MonthFirst) => (c, a, b),
        (_, '/' | '-', DateOrder::Unknown) => return Err(TWO_MEANINGS),
        _ => return Ok(None),
    };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return Ok(None);
    }
    Ok(Some(format!("{year}-{month:0>2}-{day:0>2}")))
}

/// Returns a time of day as RFC 3339 wants it. Without a zone it is UTC.
fn utc_time(time: &str) -> Option<String> {
    let time = time.trim_end_matches("UTC").trim_end();
    let zone_at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let clock = clock.trim_end();
    let seconds = match clock.matches(':').count() {
        1 => ":00",
        2 => "",
        _ => return None,
    };
    let hour_zero = if clock.find(':') == Some(1) { "0" } else { "" };
    let zone = match zone {
        "" | "z" => "Z".to_owned(),
        // `+0200`, as some databases write it.
        zone if zone.len() == 5 => format!("{}:{}", zone.get(..3)?, zone.get(3..)?),
        zone if zone.len() == 3 => format!("{zone}:00"),
        zone => zone.to_owned(),
    };
    Some(format!("{hour_zero}{clock}{seconds}{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expiry(text: &str, order: DateOrder) -> Result<Option<String>, &'static str> {
        Ok(parse_time_cell(text, order, PartOfDay::End)?.map(Timestamp::rfc3339))
    }

    #[test]
    fn times_of_other_systems_are_read() {
        for (text, time) in [
            ("2027-01-31", "2027-01-31T23:59:59Z"),
            ("2027-01-31T12:00:00Z", "2027-01-31T12:00:00Z"),
            ("2027-01-31T12:00:00+02:00", "2027-01-31T10:00:00Z"),
            ("2027-01-31 12:00:00", "2027-01-31T12:00:00Z"),
            ("2027-01-31 12:00:00+02", "2027-01-31T10:00:00Z"),
            ("2027-01-31 12:00:00 +0200", "2027-01-31T10:00:00Z"),
            ("2027-01-31 9:05 UTC", "2027-01-31T09:05:00Z"),
            ("2027-01-31T12:00:00.123Z", "2027-01-31T12:00:00Z"),
            ("2027/1/31", "2027-01-31T23:59:59Z"),
            ("31.1.2027", "2027-01-31T23:59:59Z"),
            ("31.01.2027 08:00", "2027-01-31T08:00:00Z"),
            ("1801396800", "2027-01-31T12:00:00Z"),
            ("1801396800000", "2027-01-31T12:00:00Z"),
        ] {
            assert_eq!(expiry(text, DateOrder::Unknown), Ok(Some(time.to_owned())), "{text}");
        }
        for never in ["", "Never", "lifetime", "0000-00-00 00:00:00", "NULL"] {
            assert_eq!(expiry(never, DateOrder::Unknown), Ok(None), "{never}");
        }
        let start = parse_time_cell("2027-01-31", DateOrder::Unknown, PartOfDay::Start).expect("a date");
        assert_eq!(start.map(Timestamp::rfc3339).as_deref(), Some("2027-01-31T00:00:00Z"));
    }

    #[test]
    fn dates_with_two_meanings_need_an_order() {
        assert!(expiry("01/02/2027", DateOrder::Unknown).is_err_and(|text| text.contains("two meanings")));
        assert_eq!(expiry("01/02/2027", DateOrder::DayFirst), Ok(Some("2027-02-01T23:59:59Z".to_owned())));
        assert_eq!(expiry("1/2/2027", DateOrder::MonthFirst), Ok(Some("2027-01-02T23:59:59Z".to_owned())));
        assert_eq!(expiry("13/02/2027", DateOrder::DayFirst), Ok(Some("2027-02-13T23:59:59Z".to_owned())));
        assert!(expiry("13/02/2027", DateOrder::MonthFirst).is_err(), "there is no month 13");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["soon", "2027-13-01", "2027-02-30", "31-Jan-2027", "12:00", "27-01-31", "2027-01-31T", "1.2.27"]
        {
            let read = expiry(text, DateOrder::DayFirst);
            assert!(read.is_err() || text == "2027-01-31T", "{text}: {read:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), day_first in any::<bool>()) {
            let order = if day_first { DateOrder::DayFirst } else { DateOrder::MonthFirst };
            let _ = parse_time_cell(&text, order, PartOfDay::End);
        }

        #[test]
        fn own_times_round_trip(millis in 0..Timestamp::MAX.millis()) {
            let time = Timestamp::from_millis(millis / 1000 * 1000);
            prop_assume!(time.seconds() > 0);
            let read = parse_time_cell(&time.rfc3339(), DateOrder::Unknown, PartOfDay::End);
            prop_assert_eq!(read, Ok(Some(time)));
        }
    }
}
