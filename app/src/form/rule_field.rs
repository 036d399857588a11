//! One field of the form of rules.

use domain::edit::Edit;
use domain::field_error::FieldErrors;
use domain::license_rules::texts::{TimeField, parse_switch};

use super::edit::check_sent;

/// What an empty field means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    /// The rule follows the product.
    Follows,
    /// The rule has the value that restricts nothing.
    Unrestricted,
}

impl Empty {
    /// Returns the value of the rule; `unrestricted` restricts nothing.
    pub fn value<T>(self, unrestricted: T) -> Option<T> {
        match self {
            Self::Follows => None,
            Self::Unrestricted => Some(unrestricted),
        }
    }
}

/// Parses a switch.
pub(super) fn switch(
    faults: &mut FieldErrors,
    field: &'static str,
    text: &str,
    was: Option<&str>,
    empty: Option<bool>,
) -> Option<Edit<Option<bool>>> {
    check_sent(faults, text, was, |text| parse_switch(field, text, empty))
}

/// Parses a time in seconds, which fits into the type of its rule.
pub(super) fn time<T: TryFrom<i64> + PartialEq>(
    faults: &mut FieldErrors,
    field: TimeField,
    text: &str,
    was: Option<&str>,
    empty: Empty,
) -> Option<Edit<Option<T>>> {
    check_sent(faults, text, was, |text| {
        let seconds = field.parse(text, empty.value(field.special))?;
        Ok(seconds.and_then(|seconds| T::try_from(seconds).ok()))
    })
}
