//! Parsing of the values of a filter, by the kind of its field.

use uuid::Uuid;

use super::{FieldKind, Filter, FilterField, FilterValue, Operator, is_safe_text};
use crate::time::DAY_MS;
use crate::{Period, Timestamp};

/// Maximum number of values that one filter compares with.
pub const MAX_FILTER_VALUES: usize = 1000;
/// The only length of the end of a license key that can be asked for, in characters.
const KEY_END_CHARS: usize = 4;

/// Parses a filter. `texts` are the values as sent; those of a list are joined, and each may hold several
/// between commas. `Ok(None)` is an empty value, which is ignored; an empty list is a filter.
///
/// # Errors
/// Returns what the value must be, as the end of a sentence such as "must be a time".
pub fn parse_filter<'a>(
    field: &'static FilterField,
    operator: Operator,
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<Option<Filter>, String> {
    if !field.kind.operators().contains(&operator) {
        let known: Vec<&str> = field.kind.operators().iter().map(|operator| operator.as_str()).collect();
        return Err(format!("has no operator {}; it has {}", operator.as_str(), known.join(", ")));
    }
    let texts = texts.into_iter();
    let texts: Vec<&str> = if operator.takes_list() {
        texts.flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty()).collect()
    } else {
        texts.map(str::trim).filter(|text| !text.is_empty()).take(1).collect()
    };
    if texts.is_empty() && !operator.takes_list() {
        return Ok(None);
    }
    if texts.len() > MAX_FILTER_VALUES {
        return Err(format!("must have at most {MAX_FILTER_VALUES} values"));
    }
    let values = texts.into_iter().map(|text| parse_value(field.kind, operator, text));
    let mut values: Vec<FilterValue> = values.collect::<Result<_, _>>()?;
    // The databases get each value once.
    let mut seen = std::collections::HashSet::new();
    values.retain(|value| seen.insert(value.clone()));
    Ok(Some(Filter { field, operator, values }))
}

fn parse_value(kind: FieldKind, operator: Operator, text: &str) -> Result<FilterValue, String> {
    match kind {
        FieldKind::Id => {
            Uuid::parse_str(text).map(FilterValue::Id).map_err(|_| "must be an id (a UUID)".to_owned())
        }
        FieldKind::Integer => {
            parse_integer(text).map(FilterValue::Integer).ok_or_else(|| "must be a whole number".to_owned())
        }
        FieldKind::Boolean => {
            parse_boolean(text).map(FilterValue::Boolean).ok_or_else(|| "must be true or false".to_owned())
        }
        FieldKind::Time => parse_time(operator, text).map(FilterValue::Time),
        FieldKind::Enumeration(words) => {
            let word = words.iter().find(|word| word.eq_ignore_ascii_case(text));
            let word = word.map(|word| FilterValue::Text((*word).to_owned()));
            word.ok_or_else(|| format!("must be one of {}", words.join(", ")))
        }
        _ if !is_safe_text(text) => Err("must not hold NUL".to_owned()),
        FieldKind::Key if operator == Operator::EndsWith && text.chars().count() != KEY_END_CHARS => {
            Err(format!("must be the last {KEY_END_CHARS} characters of a key"))
        }
        // Keys are compared in upper case.
        FieldKind::Key => Ok(FilterValue::Text(text.to_uppercase())),
        FieldKind::Email => Ok(FilterValue::Text(kind.folding().fold(&text.replace(' ', "+")))),
        FieldKind::Period => Ok(FilterValue::Text(kind.folding().fold(&period_text(operator, text)))),
        FieldKind::Text(_) | FieldKind::PairKey(_) | FieldKind::PairValue(_) => {
            Ok(FilterValue::Text(kind.folding().fold(text)))
        }
    }
}

/// Parses a whole number, also as `5.0`.
#[must_use]
pub fn parse_integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    whole.parse().ok()
}

/// Parses a switch in any case, also as `1` and `0`.
#[must_use]
pub fn parse_boolean(text: &str) -> Option<bool> {
    let text = text.trim();
    let is_any = |words: [&str; 2]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_any(["true", "1"]) {
        return Some(true);
    }
    is_any(["false", "0"]).then_some(false)
}

/// Returns a whole period as it is stored. A part of one, and a text that is none, stay as they are.
fn period_text(operator: Operator, text: &str) -> String {
    use Operator::{Equal, In, NotEqual, NotIn};
    let is_whole = matches!(operator, Equal | NotEqual | In | NotIn);
    let period = text.parse::<Period>().ok().filter(|_| is_whole && text.starts_with(['P', 'p']));
    period.map_or_else(|| text.to_owned(), |period| period.to_string())
}

/// Parses a time. A date without a time is the start of its day, or the end for `lte` and `gt`.
fn parse_time(operator: Operator, text: &str) -> Result<Timestamp, String> {
    let at = Timestamp::parse_lenient(text)
        .ok_or_else(|| "must be a time such as 2027-01-31T12:00:00Z, or a date".to_owned())?;
    let is_date = text.trim().len() == 10;
    let whole_day = is_date && matches!(operator, Operator::AtMost | Operator::Greater);
    Ok(if whole_day { at.plus_millis(DAY_MS - 1) } else { at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    static EMAIL: FilterField = FilterField::new("email", FieldKind::Email);
    static SEEN: FilterField = FilterField::time("lastSeenAt");
    static KEY: FilterField = FilterField::new("key", FieldKind::Key);
    static INTERVAL: FilterField = FilterField::new("subscriptionInterval", FieldKind::Period);
    static TYPE: FilterField = FilterField::new("type", FieldKind::Enumeration(&["node-locked"]));

    fn value(field: &'static FilterField, operator: Operator, text: &str) -> Result<FilterValue, String> {
        parse_filter(field, operator, [text]).map(|filter| filter.expect("a filter").values[0].clone())
    }

    #[test]
    fn a_space_in_an_address_is_a_plus() {
        assert_eq!(
            value(&EMAIL, Operator::Equal, "a b@Example.com"),
            Ok(FilterValue::Text("a+b@example.com".into()))
        );
    }

    #[test]
    fn a_mere_date_ends_its_day_for_lte_and_gt() {
        let at = |operator| match value(&SEEN, operator, "2024-01-01") {
            Ok(FilterValue::Time(at)) => at.rfc3339_millis(),
            other => format!("{other:?}"),
        };
        assert_eq!(at(Operator::AtMost), "2024-01-01T23:59:59.999Z");
        assert_eq!(at(Operator::Greater), "2024-01-01T23:59:59.999Z");
        assert_eq!(at(Operator::AtLeast), "2024-01-01T00:00:00.000Z");
        assert_eq!(at(Operator::Less), "2024-01-01T00:00:00.000Z");
    }

    #[test]
    fn keys_are_asked_for_whole_or_by_four_characters() {
        assert_eq!(value(&KEY, Operator::EndsWith, "q4r6"), Ok(FilterValue::Text("Q4R6".into())));
        assert!(value(&KEY, Operator::EndsWith, "r6").is_err());
        assert!(parse_filter(&KEY, Operator::Contains, ["q4r6"]).is_err());
    }

    #[test]
    fn whole_periods_are_compared_in_their_shortest_form() {
        let text = |operator, text| value(&INTERVAL, operator, text);
        let is = |text: &str| Ok(FilterValue::Text(text.to_owned()));
        for operator in [Operator::Equal, Operator::NotEqual, Operator::In, Operator::NotIn] {
            assert_eq!(text(operator, "P12M"), is("p1y"), "{operator:?}");
            assert_eq!(text(operator, "p2w"), is("p14d"), "{operator:?}");
            assert_eq!(text(operator, "P1X"), is("p1x"), "{operator:?}");
            // Not an ISO period: the interval of no license.
            assert_eq!(text(operator, "12"), is("12"), "{operator:?}");
        }
        assert_eq!(text(Operator::StartsWith, "P12M"), is("p12m"));
        let list = parse_filter(&INTERVAL, Operator::In, ["P12M,P1Y, P1M"])
            .map(|filter| filter.expect("a filter").values);
        assert_eq!(list, Ok(vec![FilterValue::Text("p1y".into()), FilterValue::Text("p1m".into())]));
    }

    #[test]
    fn enumerations_are_read_in_any_case() {
        assert_eq!(value(&TYPE, Operator::Equal, "Node-Locked"), Ok(FilterValue::Text("node-locked".into())));
        assert!(value(&TYPE, Operator::Equal, "perpetual").is_err());
    }

    #[test]
    fn numbers_and_switches_are_read_as_text() {
        assert_eq!(
            (parse_integer(" 5.0 "), parse_integer("5.5"), parse_integer("5.")),
            (Some(5), None, None)
        );
        assert_eq!(
            (parse_boolean("False"), parse_boolean("1"), parse_boolean("yes")),
            (Some(false), Some(true), None)
        );
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in any::<String>(), n in 0usize..12) {
            for field in [&EMAIL, &SEEN, &KEY, &TYPE, &INTERVAL] {
                let _ = parse_filter(field, Operator::ALL[n].0, [text.as_str()]);
            }
        }
    }
}
