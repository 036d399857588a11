//! A seller's own fields of a license, such as the number of an order.

use std::collections::BTreeMap;

use crate::FieldError;
use crate::folding::fold;
use crate::unicode::strip_deceptive;

/// Maximum number of fields of a license.
pub const MAX_FIELDS: usize = 50;
/// Maximum length of a name, in characters.
pub(super) const MAX_NAME_LEN: usize = 256;
/// Maximum length of a value, in characters.
pub(super) const MAX_VALUE_LEN: usize = 4096;
/// Length of the beginning of a value that a search looks for, in characters.
const SEARCH_LEN: usize = 100;

/// The fields of a license, by name. Names are unique in any case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// Parses lines of the form `name = value`. Empty lines are skipped.
    ///
    /// # Errors
    /// Returns [`FieldError`] of the field `metadata` with the number of the invalid line.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let mut fields = BTreeMap::new();
        for (n, line) in text.lines().enumerate() {
            let line = strip_deceptive(line);
            if line.trim().is_empty() {
                continue;
            }
            let invalid = |message: &str| FieldError::new("metadata", format!("Line {}: {message}", n + 1));
            let (name, value) = line.split_once('=').ok_or_else(|| invalid("write it as “name = value”."))?;
            add(&mut fields, name.trim(), value.trim()).map_err(invalid)?;
        }
        if fields.len() > MAX_FIELDS {
            return Err(FieldError::new("metadata", "A license has at most 50 fields."));
        }
        Ok(Self(fields))
    }

    /// Adds a field, such as a cell of an import.
    ///
    /// # Errors
    /// Returns the message for the field if its name or its value is not valid, or if the name occurs twice.
    pub fn insert(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        add(&mut self.0, strip_deceptive(name).trim(), strip_deceptive(value).trim())
    }

    /// Wraps stored fields without checks, because only checked fields are stored.
    #[must_use]
    pub fn from_storage(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// Returns the fields, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the names whose values differ in `other`, or are in one of both.
    #[must_use]
    pub fn changed_names(&self, other: &Self) -> Vec<String> {
        let mut names: Vec<_> = self.0.keys().chain(other.0.keys()).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().filter(|name| self.0.get(*name) != other.0.get(*name)).cloned().collect()
    }
}

fn add(fields: &mut BTreeMap<String, String>, name: &str, value: &str) -> Result<(), &'static str> {
    if name.is_empty() || name.chars().count() > MAX_NAME_LEN {
        return Err("a name has 1 to 256 characters.");
    }
    if value.chars().count() > MAX_VALUE_LEN {
        return Err("a value has at most 4,096 characters.");
    }
    let is_same = |known: &String| known.to_lowercase() == name.to_lowercase();
    if fields.keys().any(is_same) {
        return Err("this name occurs twice.");
    }
    fields.insert(name.to_owned(), value.to_owned());
    Ok(())
}

/// Formats fields as [`Metadata::parse`] reads them.
#[must_use]
pub fn to_lines<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let lines: Vec<_> =
        fields.into_iter().map(|(name, value)| format!("{name} = {}", value.replace('\n', " "))).collect();
    lines.join("\n")
}

/// Returns the beginning of a value as a search compares it.
#[must_use]
pub fn folded_value(value: &str) -> String {
    fold(value).trim_end().chars().take(SEARCH_LEN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_fields() {
        let fields = Metadata::parse("order = in_1803\n\nplan=team\nurl = a=b\nempty =").expect("fields");
        let all: Vec<_> = fields.iter().collect();
        assert_eq!(all, [("empty", ""), ("order", "in_1803"), ("plan", "team"), ("url", "a=b")]);
    }

    #[test]
    fn invalid_lines_are_named() {
        let fault = |text: &str| Metadata::parse(text).expect_err("a fault").message;
        assert_eq!(fault("a = 1\nb"), "Line 2: write it as “name = value”.");
        assert!(fault("= 1").starts_with("Line 1: a name"));
        assert!(fault(&format!("a = {}", "x".repeat(4097))).starts_with("Line 1: a value"));
        assert_eq!(fault("Order = 1\norder = 2"), "Line 2: this name occurs twice.");
        let many: Vec<_> = (0..51).map(|n| format!("f{n} = {n}")).collect();
        assert_eq!(fault(&many.join("\n")), "A license has at most 50 fields.");
    }

    #[test]
    fn changed_fields_are_named() {
        let fields = |text: &str| Metadata::parse(text).expect("fields");
        let changed = fields("a = 1\nb = 2\nc = 3").changed_names(&fields("a = 1\nb = 4\nd = 5"));
        assert_eq!(changed, ["b", "c", "d"]);
    }

    proptest! {
        #[test]
        fn fields_round_trip_through_lines(text in "([a-z]{1,4} = [a-z =]{0,8}\n){0,5}") {
            if let Ok(fields) = Metadata::parse(&text) {
                prop_assert_eq!(Metadata::parse(&to_lines(fields.iter())), Ok(fields));
            }
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>()) {
            let _ = Metadata::parse(&text);
        }
    }
}
