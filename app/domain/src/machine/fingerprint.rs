//! Machine fingerprints.

use crate::FieldError;

/// The longest fingerprint taken, in characters.
const MAX_FINGERPRINT_LEN: usize = 256;

/// What tells one machine from another, as its client computes it. Kept exactly
/// as it was sent, since the token has to echo it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Checks a fingerprint.
    ///
    /// # Errors
    /// When it is empty, longer than 256 characters, or holds control characters.
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

    /// The fingerprint as it was sent.
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
