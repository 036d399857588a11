//! Machine fingerprints.

use crate::FieldError;

/// Longest accepted fingerprint, in characters.
const MAX_FINGERPRINT_LEN: usize = 256;

/// A machine's identifier as computed by its client. Stored exactly as sent, because the
/// token must echo it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Checks a fingerprint.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the fingerprint is empty, longer than 256 characters or
    /// contains control characters.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        if input.trim().is_empty() {
            return Err(FieldError::new("fingerprint", "The fingerprint field is required."));
        }
        if input.chars().count() > MAX_FINGERPRINT_LEN || input.chars().any(char::is_control) {
            return Err(FieldError::new(
                "fingerprint",
                "The fingerprint must have at most 256 characters, and no control characters.",
            ));
        }
        Ok(Self(input.to_owned()))
    }

    /// Returns the fingerprint as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_is_stored_as_sent() {
        assert_eq!(Fingerprint::parse(" aB ").map(|f| f.0), Ok(" aB ".to_owned()));
        for bad in ["", " ", "a\0b", &"x".repeat(257)] {
            assert!(Fingerprint::parse(bad).is_err());
        }
    }
}
