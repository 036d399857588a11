//! Reading of JSON whose fields may be missing, or have other types in other versions of a provider's API.

use serde_json::Value;

use crate::Timestamp;

/// Returns the text at a path such as `customer_details.email`. Empty texts are missing.
pub(super) fn text<'a>(json: &'a Value, path: &str) -> Option<&'a str> {
    at(json, path)?.as_str().filter(|text| !text.is_empty())
}

/// Returns an id at a path: a text, a number, or the `id` of an object in its place.
pub(super) fn id(json: &Value, path: &str) -> Option<String> {
    match at(json, path)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        object @ Value::Object(_) => text(object, "id").map(ToOwned::to_owned),
        _ => None,
    }
}

/// Returns the number at a path.
pub(super) fn number(json: &Value, path: &str) -> Option<i64> {
    at(json, path)?.as_i64()
}

/// Returns the switch at a path.
pub(super) fn flag(json: &Value, path: &str) -> Option<bool> {
    at(json, path)?.as_bool()
}

/// Returns the list at a path; a missing one is empty.
pub(super) fn list<'a>(json: &'a Value, path: &str) -> &'a [Value] {
    at(json, path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Returns the time at a path, as text of RFC 3339.
pub(super) fn time(json: &Value, path: &str) -> Option<Timestamp> {
    Timestamp::parse_lenient(text(json, path)?)
}

/// Returns the time at a path, in seconds since 1970.
pub(super) fn unix_time(json: &Value, path: &str) -> Option<Timestamp> {
    let seconds = number(json, path).filter(|seconds| (0..=Timestamp::MAX.seconds()).contains(seconds))?;
    Some(Timestamp::from_millis(seconds * 1000))
}

/// Returns a quantity at a path; a missing one is 1.
pub(super) fn quantity(json: &Value, path: &str) -> u32 {
    number(json, path).and_then(|count| u32::try_from(count).ok()).unwrap_or(1).max(1)
}

/// Returns the value at a path of names with dots between them.
pub(super) fn at<'a>(json: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(json, |value, name| value.get(name))
}
