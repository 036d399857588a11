//! Lenient JSON objects for the machine API, whose clients send property names in any case
//! (`Key` = `key`) and sometimes send numbers as strings.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::FieldError;
use crate::unicode::decode_text;

/// Longest text of a field, in characters.
pub const MAX_TEXT: usize = 256;
/// The field name of errors about the whole body.
const BODY: &str = "body";

/// The properties of a JSON object, by lower-case name.
pub struct Fields {
    properties: Map<String, Value>,
    is_missing: bool,
}

impl Fields {
    /// Parses a request body; an empty body is an empty object, and a byte order mark is ignored.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the body is not a JSON object.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        let invalid = || FieldError::new(BODY, "The request body must be valid JSON.");
        let text = decode_text(bytes).ok_or_else(invalid)?;
        if text.trim_ascii().is_empty() {
            return Ok(Self { properties: Map::new(), is_missing: true });
        }
        match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(object)) => Ok(Self::lower_case_keys(object)),
            Ok(_) => Err(FieldError::new(BODY, "The request body must be a JSON object.")),
            Err(_) => Err(invalid()),
        }
    }

    /// Returns the properties of a nested object; `None` if the value is not an object.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        value.as_object().cloned().map(Self::lower_case_keys)
    }

    fn lower_case_keys(object: Map<String, Value>) -> Self {
        let properties = object.into_iter().map(|(name, value)| (lower(&name).into_owned(), value)).collect();
        Self { properties, is_missing: false }
    }

    /// Returns whether the body was empty. `{}` is an object without properties, not a missing body.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.is_missing
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.properties.get(&*lower(name)).filter(|value| !value.is_null())
    }

    /// Returns a text of at most `max` characters; `None` if it is missing, `null` or empty.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the value is not a string, is too long or contains NUL.
    pub fn text_with_max_len(&self, name: &'static str, max: usize) -> Result<Option<String>, FieldError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() > max => {
                Err(wrong_type(name, &format!("must have at most {max} characters")))
            }
            Some(Value::String(text)) if text.contains('\0') => Err(wrong_type(name, "must not hold NUL")),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(wrong_type(name, "must be a string")),
        }
    }

    /// Returns a text of at most 256 characters.
    ///
    /// # Errors
    /// See [`Self::text_with_max_len`].
    pub fn text(&self, name: &'static str) -> Result<Option<String>, FieldError> {
        self.text_with_max_len(name, MAX_TEXT)
    }

    /// Returns a required text.
    ///
    /// # Errors
    /// See [`Self::text`]; also returns [`FieldError`] if the text is missing or white space.
    pub fn required(&self, name: &'static str) -> Result<String, FieldError> {
        self.text(name)?.filter(|text| !text.trim().is_empty()).ok_or_else(|| wrong_type(name, "is required"))
    }

    /// Returns a whole number, which may be sent as a string.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the value is not a whole number or is out of range.
    pub fn number(&self, name: &'static str, min: i64, max: i64) -> Result<Option<i64>, FieldError> {
        let number = match self.get(name) {
            None => return Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::String(text)) => text.trim().parse().ok(),
            // 82.0 is a whole number too (JSON Schema, 6.1.1).
            #[allow(
                clippy::cast_possible_truncation,
                reason = "whole, and within the range that floats hold exactly"
            )]
            Some(value) => value
                .as_i64()
                .or_else(|| value.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15).map(|n| n as i64)),
        };
        number
            .filter(|n| (min..=max).contains(n))
            .map(Some)
            .ok_or_else(|| wrong_type(name, &format!("must be a whole number from {min} to {max}")))
    }

    /// Returns a text or a switch: `true` and `1` as the text "true"; `false`, `0` and texts that
    /// mean no, such as "none", as `None` (machine API contract).
    ///
    /// # Errors
    /// Returns [`FieldError`] if the value is neither a text nor a switch; see [`Self::text`].
    pub fn text_or_switch(&self, name: &'static str) -> Result<Option<String>, FieldError> {
        match self.get(name) {
            Some(Value::Bool(on)) => Ok(on.then(|| "true".to_owned())),
            Some(Value::Number(number)) if number.as_f64() == Some(0.0) => Ok(None),
            Some(Value::Number(number)) if number.as_f64() == Some(1.0) => Ok(Some("true".to_owned())),
            _ => Ok(self.text(name)?.filter(|text| !is_no(text))),
        }
    }

    /// Returns the content of a file, which may hold NUL if it was decoded from UTF-16 as UTF-8.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the value is not a string or is longer than `max` characters.
    pub fn file_with_max_len(&self, name: &'static str, max: usize) -> Result<Option<String>, FieldError> {
        match self.get(name) {
            Some(Value::String(text)) if text.contains('\0') && text.chars().count() <= max => {
                Ok(Some(text.clone()))
            }
            _ => self.text_with_max_len(name, max),
        }
    }

    /// Returns a list of at most `max` objects.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the value is not such a list.
    pub fn objects(&self, name: &'static str, max: usize) -> Result<Vec<Self>, FieldError> {
        let invalid_list = || wrong_type(name, &format!("must be a list of at most {max} objects"));
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) if items.len() <= max => {
                items.iter().map(|item| Self::from_json(item).ok_or_else(invalid_list)).collect()
            }
            Some(_) => Err(invalid_list()),
        }
    }
}

/// Returns whether a text means that a property is absent.
fn is_no(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || ["false", "0", "no", "off", "none", "null"].iter().any(|no| text.eq_ignore_ascii_case(no))
}

/// Lower-cases a name. Borrows names that are lower-case ASCII already, which is the usual case.
fn lower(name: &str) -> Cow<'_, str> {
    let is_lower = name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower { name.into() } else { name.to_lowercase().into() }
}

fn wrong_type(name: &'static str, requirement: &str) -> FieldError {
    FieldError::new(name, format!("The {name} field {requirement}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(text: &str) -> Fields {
        Fields::parse(text.as_bytes()).expect("an object")
    }

    #[test]
    fn field_names_match_in_any_case() {
        let sent =
            fields(r#"{"KEY":"a","productid":"b","n":"5","on":true,"off":false,"none":null,"empty":""}"#);
        assert_eq!(sent.required("key"), Ok("a".into()));
        assert_eq!(sent.required("productId"), Ok("b".into()));
        assert_eq!(sent.number("n", 0, 9), Ok(Some(5)));
        assert_eq!(sent.text_or_switch("on"), Ok(Some("true".into())));
        assert_eq!(sent.text_or_switch("off"), Ok(None));
        assert_eq!(sent.text("none"), Ok(None));
        assert_eq!(sent.text("empty"), Ok(None));
        assert!(sent.number("n", 0, 4).is_err());
    }

    #[test]
    fn switches_may_be_text_or_number() {
        let sent = fields(
            r#"{"a":"false","b":"0","c":0,"d":"none","e":" ","f":"No","g":0.0,"on":1,"name":"docker","zero":"00"}"#,
        );
        for off in ["a", "b", "c", "d", "e", "f", "g"] {
            assert_eq!(sent.text_or_switch(off), Ok(None), "{off}");
        }
        assert_eq!(sent.text_or_switch("on"), Ok(Some("true".into())));
        assert_eq!(sent.text_or_switch("name"), Ok(Some("docker".into())));
        assert_eq!(sent.text_or_switch("zero"), Ok(Some("00".into())));
        assert!(fields(r#"{"n":2}"#).text_or_switch("n").is_err());
    }

    #[test]
    fn byte_order_mark_is_ignored() {
        assert_eq!(fields("\u{FEFF}{\"key\":\"a\"}").required("key"), Ok("a".into()));
        assert!(fields("\u{FEFF}").is_missing());
    }

    #[test]
    fn empty_body_is_an_empty_object() {
        assert!(fields("").is_missing() && fields(" \n").is_missing());
        assert!(!fields("{}").is_missing());
        for bad in ["[]", "null", "{", "7"] {
            assert!(Fields::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in any::<Vec<u8>>(), name in "[a-z]{1,5}") {
            if let Ok(fields) = Fields::parse(&bytes) {
                let name: &'static str = Box::leak(name.into_boxed_str());
                let _ = (fields.text(name), fields.number(name, 0, 1), fields.objects(name, 3));
            }
        }
    }
}
