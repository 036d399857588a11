//! Text that people typed, held to a length.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// At most `MAX` characters without control characters (line breaks and tabs
/// aside), trimmed, never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

/// A name of a person, an account or a product.
pub type Name = Text<120>;

impl<const MAX: usize> Text<MAX> {
    /// Checks and trims.
    ///
    /// # Errors
    /// When it is empty, too long or holds control characters.
    pub fn parse(field: &'static str, input: &str) -> Result<Self, Invalid> {
        Self::optional(field, input)?.ok_or_else(|| Invalid::new(field, "This field is required."))
    }

    /// The same for a field that may be left empty.
    ///
    /// # Errors
    /// When it is too long or holds control characters.
    pub fn optional(field: &'static str, input: &str) -> Result<Option<Self>, Invalid> {
        let text = input.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.chars().count() > MAX {
            let message = format!("This field holds at most {MAX} characters.");
            return Err(Invalid::new(field, message));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(Invalid::new(field, "This field must not hold control characters."));
        }
        Ok(Some(Self(text.to_owned())))
    }

    /// Read back from storage, where only checked text is written.
    #[must_use]
    pub fn from_storage(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The shortest password, in characters (NIST SP 800-63B, 3.1.1.2, for a
/// password beside which a second factor can stand).
const PASSWORD_MIN: usize = 10;
/// The longest, in octets: hashing is paid by the server.
const PASSWORD_MAX: usize = 1024;

/// Checks a new password's length; nothing is asked of what it is made of.
///
/// # Errors
/// When it is shorter than 10 characters or longer than 1,024 octets.
pub fn check_new_password(password: &str) -> Result<(), Invalid> {
    if password.chars().count() < PASSWORD_MIN {
        return Err(Invalid::new("password", "The password must have at least 10 characters."));
    }
    if password.len() > PASSWORD_MAX {
        return Err(Invalid::new("password", "The password is too long."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_and_bounds() {
        assert_eq!(Text::<5>::parse("name", "  abcde "), Ok(Text("abcde".into())));
        assert!(Text::<5>::parse("name", "abcdef").is_err());
        assert!(Text::<5>::parse("name", " ").is_err());
        assert_eq!(Text::<5>::optional("name", " "), Ok(None));
        assert!(Text::<5>::optional("name", "a\0b").is_err());
        assert_eq!(Text::<5>::parse("name", "äöüßé").map(|t| t.0.len()), Ok(10));
    }

    #[test]
    fn passwords() {
        assert!(check_new_password("123456789").is_err());
        assert!(check_new_password("1234567890").is_ok());
        assert!(check_new_password(&"x".repeat(1025)).is_err());
    }
}
