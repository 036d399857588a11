//! Typed getters of properties.

use std::ops::RangeInclusive;

use domain::Timestamp;
use domain::filter::{parse_boolean, parse_integer};
use uuid::Uuid;

use super::{Fields, Given};
use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::json::Json;

/// The largest whole number that a float holds exactly.
const MAX_EXACT_FLOAT: f64 = 9e15;

impl Fields {
    /// Returns a text, trimmed, whose length in characters is in the range. `""` and white space clear it.
    ///
    /// # Errors
    /// Returns a validation error if the value is no text, or has control characters other than tabs and line
    /// breaks.
    pub fn string(&self, name: &str, chars: RangeInclusive<usize>) -> Result<Given<String>> {
        match self.get(name) {
            None => Ok(Given::Absent),
            Some(Json::String(text)) => self.checked(name, text, &chars),
            Some(_) => Err(self.error(name, "must be a string")),
        }
    }

    /// Returns a text that is required: neither missing nor cleared.
    ///
    /// # Errors
    /// As [`Self::string`], and if there is no text.
    pub fn required_string(&self, name: &str, chars: RangeInclusive<usize>) -> Result<String> {
        self.string(name, chars)?.value().ok_or_else(|| self.error(name, "is required"))
    }

    /// Returns a text, also of a number or a switch, as values of metadata are sent.
    ///
    /// # Errors
    /// As [`Self::string`].
    pub fn scalar_text(&self, name: &str, chars: RangeInclusive<usize>) -> Result<Given<String>> {
        match self.get(name) {
            Some(Json::Number(number)) => self.checked(name, &number.to_string(), &chars),
            Some(Json::Bool(on)) => self.checked(name, &on.to_string(), &chars),
            _ => self.string(name, chars),
        }
    }

    /// Returns a password, which is not trimmed; `None` if it is missing or `""`.
    ///
    /// # Errors
    /// Returns a validation error if the value is no text, or its length is out of the range.
    pub fn password(&self, name: &str, chars: RangeInclusive<usize>) -> Result<Option<String>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::String(text)) if text.is_empty() => Ok(None),
            Some(Json::String(text)) => {
                self.check_length(name, text, &chars)?;
                Ok(Some(text.clone()))
            }
            Some(_) => Err(self.error(name, "must be a string")),
        }
    }

    fn checked(&self, name: &str, text: &str, chars: &RangeInclusive<usize>) -> Result<Given<String>> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Given::Clear);
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
            return Err(self.error(name, "must not hold control characters"));
        }
        self.check_length(name, text, chars)?;
        Ok(Given::Value(text.replace("\r\n", "\n")))
    }

    fn check_length(&self, name: &str, text: &str, chars: &RangeInclusive<usize>) -> Result<()> {
        if chars.contains(&text.chars().count()) {
            return Ok(());
        }
        let (min, max) = (chars.start(), chars.end());
        Err(self.error(name, &format!("must have {min} to {max} characters")))
    }

    /// Returns a whole number, which may be sent as a text. `""` is "not given".
    ///
    /// # Errors
    /// Returns a validation error if the value is no whole number in the range.
    pub fn integer(&self, name: &str, range: RangeInclusive<i64>) -> Result<Option<i64>> {
        let number = match self.get(name) {
            None => return Ok(None),
            Some(Json::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Json::String(text)) => parse_integer(text),
            Some(Json::Number(number)) => number.as_i64().or_else(|| number.as_f64().and_then(whole_number)),
            Some(_) => None,
        };
        let (min, max) = (range.start(), range.end());
        number
            .filter(|number| range.contains(number))
            .map(Some)
            .ok_or_else(|| self.error(name, &format!("must be a whole number from {min} to {max}")))
    }

    /// Returns a switch, which may be sent as a text or as 0 and 1. `""` is "not given".
    ///
    /// # Errors
    /// Returns a validation error if the value is no switch.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>> {
        let on = match self.get(name) {
            None => return Ok(None),
            Some(Json::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Json::String(text)) => parse_boolean(text),
            Some(Json::Bool(on)) => Some(*on),
            Some(Json::Number(number)) => {
                parse_integer(&number.to_string()).and_then(|number| match number {
                    0 => Some(false),
                    1 => Some(true),
                    _ => None,
                })
            }
            Some(_) => None,
        };
        on.map(Some).ok_or_else(|| self.error(name, "must be true or false"))
    }

    /// Returns a time. `""` is "not given".
    ///
    /// # Errors
    /// Returns a validation error if the value is no time.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Json::String(text)) => {
                Timestamp::parse_lenient(text).map(Some).ok_or_else(|| self.no_time(name))
            }
            Some(_) => Err(self.no_time(name)),
        }
    }

    fn no_time(&self, name: &str) -> ManagementError {
        self.error(name, "must be a time such as 2027-01-31T12:00:00Z")
    }

    /// Returns an id. `""` clears it.
    ///
    /// # Errors
    /// Returns a validation error if the value is no UUID.
    pub fn id(&self, name: &str) -> Result<Given<Uuid>> {
        let no_id = || self.error(name, "must be an id (a UUID)");
        match self.get(name) {
            None => Ok(Given::Absent),
            Some(Json::String(text)) if text.trim().is_empty() => Ok(Given::Clear),
            Some(Json::String(text)) => Uuid::parse_str(text.trim()).map(Given::Value).map_err(|_| no_id()),
            Some(_) => Err(no_id()),
        }
    }

    /// Returns the value of a word, which is read in any case. `""` is "not given".
    ///
    /// # Errors
    /// Returns a validation error if the value is none of the words.
    pub fn word<T: Clone>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>> {
        let Some(text) = self.string(name, 1..=256)?.value() else { return Ok(None) };
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text));
        found.map(|(_, value)| Some(value.clone())).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.error(name, &format!("must be one of {}", words.join(", ")))
        })
    }

    /// Returns a list of at most `max` texts, each checked as [`Self::string`] does. Empty texts are left out.
    /// `[]` clears it.
    ///
    /// # Errors
    /// Returns a validation error if the value is no such list.
    pub fn strings(
        &self,
        name: &str,
        max: usize,
        chars: RangeInclusive<usize>,
    ) -> Result<Given<Vec<String>>> {
        let no_list = || self.error(name, &format!("must be a list of at most {max} strings"));
        match self.get(name) {
            None => Ok(Given::Absent),
            Some(Json::Array(items)) if items.is_empty() => Ok(Given::Clear),
            Some(Json::Array(items)) if items.len() <= max => {
                let mut texts = Vec::with_capacity(items.len());
                for item in items {
                    let Json::String(text) = item else { return Err(no_list()) };
                    texts.extend(self.checked(name, text, &chars)?.value());
                }
                Ok(if texts.is_empty() { Given::Clear } else { Given::Value(texts) })
            }
            Some(_) => Err(no_list()),
        }
    }

    /// Returns a list of at most `max` objects. `[]` clears it, or changes nothing where lists merge.
    ///
    /// # Errors
    /// Returns a validation error if the value is no such list.
    pub fn objects(&self, name: &str, max: usize) -> Result<Given<Vec<Self>>> {
        let no_list = || self.error(name, &format!("must be a list of at most {max} objects"));
        match self.get(name) {
            None => Ok(Given::Absent),
            Some(Json::Array(items)) if items.is_empty() => Ok(Given::Clear),
            Some(Json::Array(items)) if items.len() <= max => {
                let object = |(place, item): (usize, &Json)| match item {
                    Json::Object(properties) => {
                        Ok(Self::of(properties.clone(), format!("{}{name}[{place}].", self.path)))
                    }
                    _ => Err(no_list()),
                };
                items.iter().enumerate().map(object).collect::<Result<_>>().map(Given::Value)
            }
            Some(_) => Err(no_list()),
        }
    }

    /// Returns a nested object, such as an address.
    ///
    /// # Errors
    /// Returns a validation error if the value is no object.
    pub fn object(&self, name: &str) -> Result<Option<Self>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Object(properties)) => {
                Ok(Some(Self::of(properties.clone(), format!("{}{name}.", self.path))))
            }
            Some(_) => Err(self.error(name, "must be an object")),
        }
    }
}

/// Returns the whole number of a float such as 5.0.
fn whole_number(number: f64) -> Option<i64> {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "whole, and within the range that floats hold exactly"
    )]
    let whole = number as i64;
    (number.fract() == 0.0 && number.abs() < MAX_EXACT_FLOAT).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(text: &str) -> Fields {
        Fields::parse(text.as_bytes()).expect("an object")
    }

    fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
        match result {
            Err(ManagementError::Validation(message)) => message,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_form_of_an_empty_body_is_the_empty_object() {
        for body in ["", " \n", "null", "{}", "\u{FEFF}", "\u{FEFF}{}", r#"{"name":null}"#] {
            assert!(fields(body).is_empty(), "{body:?}");
        }
        for body in ["[]", "7", "{", "a=b", "\"text\""] {
            assert!(Fields::parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn names_match_in_any_case_and_the_last_wins() {
        let sent = fields(r#"{"ProductID":"x","name":"first","NAME":"last","productid":null}"#);
        assert_eq!(sent.string("name", 1..=9).expect("a text"), Given::Value("last".to_owned()));
        assert_eq!(sent.string("productId", 1..=9).expect("null"), Given::Absent, "null is written last");
        let nested = fields(r#"{"metaData":[{"Key":"b","key":"a"}]}"#);
        let list = nested.objects("metadata", 9).expect("a list").value().expect("objects");
        assert_eq!(list[0].required_string("key", 1..=9).expect("a text"), "a");
    }

    #[test]
    fn absent_cleared_and_given_differ() {
        let sent = fields(r#"{"a":null,"b":"","c":" x ","d":[],"e":["y"],"f":[""]}"#);
        assert_eq!(sent.string("missing", 1..=9).expect("absent"), Given::Absent);
        assert_eq!(sent.string("a", 1..=9).expect("absent"), Given::Absent);
        assert_eq!(sent.string("b", 1..=9).expect("clear"), Given::Clear);
        assert_eq!(sent.string("c", 1..=9).expect("a text"), Given::Value("x".to_owned()));
        assert_eq!(sent.strings("d", 9, 1..=9).expect("clear"), Given::Clear);
        assert_eq!(sent.strings("e", 9, 1..=9).expect("a list"), Given::Value(vec!["y".to_owned()]));
        assert_eq!(sent.strings("f", 9, 1..=9).expect("clear"), Given::Clear);
        assert_eq!(sent.id("b").expect("clear"), Given::Clear);
        assert_eq!(sent.integer("b", 0..=9).expect("not given"), None);
        assert_eq!(sent.boolean("b").expect("not given"), None);
        assert_eq!(sent.time("b").expect("not given"), None);
    }

    #[test]
    fn numbers_and_switches_are_also_read_from_text() {
        let sent = fields(r#"{"a":"5","b":" 5 ","c":"5.0","d":5.0,"e":"False","f":1,"g":"0","h":5.5,"i":2}"#);
        for name in ["a", "b", "c", "d"] {
            assert_eq!(sent.integer(name, 0..=9).expect("a number"), Some(5), "{name}");
        }
        assert!(sent.integer("h", 0..=9).is_err() && sent.integer("a", 0..=4).is_err());
        let switches = ["e", "f", "g"].map(|name| sent.boolean(name).expect("a switch"));
        assert_eq!(switches, [Some(false), Some(true), Some(false)]);
        assert!(sent.boolean("i").is_err());
        assert_eq!(sent.scalar_text("i", 0..=9).expect("a text"), Given::Value("2".to_owned()));
    }

    #[test]
    fn messages_name_the_field_as_the_client_wrote_it() {
        let sent = fields(r#"{"NAME":7,"metaData":[{"Key":7}]}"#);
        assert_eq!(message(sent.string("name", 1..=9)), "The NAME field must be a string.");
        assert_eq!(message(sent.required_string("email", 1..=9)), "The email field is required.");
        let list = sent.objects("metadata", 9).expect("a list").value().expect("objects");
        assert_eq!(message(list[0].string("key", 1..=9)), "The metadata[0].Key field must be a string.");
        assert_eq!(
            message(fields(r#"{"a":"\u0007"}"#).string("a", 1..=9)),
            "The a field must not hold control characters."
        );
    }

    #[test]
    fn an_alias_counts_only_without_the_name_itself() {
        let mut sent = fields(r#"{"licensePolicyId":"a","x":"b","Y":"c"}"#);
        sent.alias("licensePolicyId", "licenseTemplateId");
        sent.alias("x", "y");
        assert_eq!(sent.required_string("licenseTemplateId", 1..=9).expect("a text"), "a");
        assert_eq!(sent.required_string("y", 1..=9).expect("a text"), "c");
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in any::<Vec<u8>>(), text in any::<String>()) {
            let quoted = serde_json::json!({ "a": text }).to_string();
            for body in [bytes.as_slice(), quoted.as_bytes()] {
                if let Ok(sent) = Fields::parse(body) {
                    let _ = (sent.string("a", 0..=5), sent.integer("a", 0..=5), sent.boolean("a"));
                    let _ = (sent.time("a"), sent.id("a"), sent.strings("a", 5, 0..=5), sent.objects("a", 5));
                }
            }
        }
    }
}
