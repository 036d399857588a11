//! The secret by which a provider signs events.

use crate::FieldError;

/// Shortest secret, in characters, which Lemon Squeezy asks for too. A shorter one could be guessed.
const MIN_LEN: usize = 6;
/// Longest secret, in characters.
const MAX_LEN: usize = 256;
/// Characters that a masked secret shows.
const SHOWN: usize = 4;

/// A signing secret: 6 to 256 printable characters. Has no `Debug`, so that no log shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ShopSecret(String);

impl ShopSecret {
    /// Trims and checks a secret.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the secret is too short, too long, or has control characters.
    pub fn parse(field: &'static str, input: &str) -> Result<Self, FieldError> {
        let text = input.trim();
        let length = text.chars().count();
        if !(MIN_LEN..=MAX_LEN).contains(&length) || text.chars().any(char::is_control) {
            let message = "Enter the signing secret that the provider shows: 6 to 256 printable characters.";
            return Err(FieldError::new(field, message));
        }
        Ok(Self(text.to_owned()))
    }

    /// Wraps a secret that was stored.
    #[must_use]
    pub fn from_storage(text: String) -> Self {
        Self(text)
    }

    /// Returns the secret in clear.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the last four characters, or none of a secret that is too short to hide the others.
    #[must_use]
    pub fn last_four(&self) -> String {
        let length = self.0.chars().count();
        let hidden = if length >= 4 * SHOWN { length - SHOWN } else { length };
        self.0.chars().skip(hidden).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_trimmed_and_bounded() {
        let trimmed = ShopSecret::parse("secret", " whsec_ ").map(|secret| secret.0);
        assert_eq!(trimmed.ok().as_deref(), Some("whsec_"));
        for bad in ["", "  ", " short ", "whsec_\nb", &"x".repeat(257)] {
            assert_eq!(ShopSecret::parse("secret", bad).map_err(|error| error.field).err(), Some("secret"));
        }
    }

    #[test]
    fn a_mask_shows_no_more_than_a_quarter() {
        for (secret, shown) in [("whsec_0123456789abcdef3Qzz", "3Qzz"), ("short", "")] {
            assert_eq!(ShopSecret(secret.to_owned()).last_four(), shown);
        }
    }
}
