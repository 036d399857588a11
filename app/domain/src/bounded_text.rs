//! User-entered text of bounded length.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::FieldError;
use crate::unicode::strip_deceptive;

/// A trimmed, non-empty text of at most `MAX` characters. It has no control characters except
/// line breaks and tabs, no bidirectional overrides and no spaces without width.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BoundedText<const MAX: usize>(String);

/// A name of a person, an account or a product.
pub type Name = BoundedText<256>;

/// Notes of a seller.
pub type Notes = BoundedText<4096>;

impl<const MAX: usize> BoundedText<MAX> {
    /// Trims and checks a required field.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the text is empty or too long.
    pub fn parse(field: &'static str, input: &str) -> Result<Self, FieldError> {
        Self::optional(field, input)?.ok_or_else(|| FieldError::new(field, "This field is required."))
    }

    /// Trims and checks an optional field; an empty text is `None`.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the text is too long.
    pub fn optional(field: &'static str, input: &str) -> Result<Option<Self>, FieldError> {
        let text = strip_deceptive(input);
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.chars().count() > MAX {
            let message = format!("This field holds at most {MAX} characters.");
            return Err(FieldError::new(field, message));
        }
        Ok(Some(Self(text.to_owned())))
    }

    /// Wraps a stored text without checks, because only checked text is stored.
    #[must_use]
    pub fn from_storage(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for BoundedText<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shortest password, in characters (NIST SP 800-63B, 3.1.1.2, for passwords that can
/// be combined with a second factor).
const MIN_PASSWORD_LEN: usize = 10;
/// Longest password, in bytes. Bounded because the server pays for hashing.
const MAX_PASSWORD_LEN: usize = 1024;

/// Checks a new password's length. There are no rules on its composition.
///
/// # Errors
/// Returns [`FieldError`] if it is shorter than 10 characters or longer than 1,024 bytes.
pub fn check_new_password(password: &str) -> Result<(), FieldError> {
    if password.chars().count() < MIN_PASSWORD_LEN {
        return Err(FieldError::new("password", "The password must have at least 10 characters."));
    }
    if password.len() > MAX_PASSWORD_LEN {
        return Err(FieldError::new("password", "The password is too long."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_bounded() {
        assert_eq!(BoundedText::<5>::parse("name", "  abcde "), Ok(BoundedText("abcde".into())));
        assert!(BoundedText::<5>::parse("name", "abcdef").is_err());
        assert!(BoundedText::<5>::parse("name", " ").is_err());
        assert_eq!(BoundedText::<5>::optional("name", " "), Ok(None));
        assert_eq!(BoundedText::<5>::parse("name", "a\0b\u{202E}"), Ok(BoundedText("ab".into())));
        assert_eq!(BoundedText::<5>::optional("name", " \u{200B} "), Ok(None));
        assert_eq!(BoundedText::<5>::parse("name", "äöüßé").map(|t| t.0.len()), Ok(10));
    }

    #[test]
    fn names_have_up_to_256_characters() {
        assert!(Name::parse("name", &"ä".repeat(256)).is_ok());
        assert!(Name::parse("name", &"ä".repeat(257)).is_err());
    }

    #[test]
    fn password_length_is_bounded() {
        assert!(check_new_password("123456789").is_err());
        assert!(check_new_password("1234567890").is_ok());
        assert!(check_new_password(&"x".repeat(1025)).is_err());
    }
}
