//! License keys (`LIC-XXXX-XXXX-XXXX-XXXX`): both identifier and credential of a license.

pub mod extract;
mod fold;
pub mod grace;
pub mod issued;
pub mod pattern;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// Crockford's base 32. It has no I, L, O or U, so that no two symbols are confused when
/// a key is read aloud or copied by hand.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Random bytes of a prefixed key: 80 bits.
pub const KEY_BYTES: usize = 10;

/// Random bytes of a hexadecimal key: 144 bits.
pub const HEX_KEY_BYTES: usize = 18;

/// Number and length of the groups of a hexadecimal key.
const HEX_GROUPS: usize = 6;
const HEX_GROUP: usize = 6;

/// Bounds of a key prefix, in characters.
const MIN_PREFIX_LEN: usize = 2;
const MAX_PREFIX_LEN: usize = 8;

/// Lengths of keys that are looked up, in bytes: 8 to 256 characters, which upper-casing may lengthen.
const LOOKUP_LEN: std::ops::RangeInclusive<usize> = 8..=1536;

/// A license key after trimming and upper-casing, as look-ups compare it.
/// Has no `Debug` or `Serialize`, because a key is a credential and must not be logged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LicenseKey(String);

impl LicenseKey {
    /// Parses a key from a request. Every non-empty text is accepted; the store decides
    /// whether the key exists.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the text is empty or white space.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        let text = input.trim();
        if text.is_empty() {
            return Err(FieldError::new("license_key", "The license_key field is required."));
        }
        Ok(Self(upper_case(text)))
    }

    /// Formats random bytes as a prefixed key. The key contains every random bit.
    #[must_use]
    pub fn from_random(prefix: &KeyPrefix, random: [u8; KEY_BYTES]) -> Self {
        let mut key = String::with_capacity(prefix.0.len() + 20);
        key.push_str(&prefix.0);
        let bits = random.iter().fold(0u128, |bits, byte| (bits << 8) | u128::from(*byte));
        for symbol in 0..16u32 {
            if symbol % 4 == 0 {
                key.push('-');
            }
            let index = (bits >> (75 - 5 * symbol)) & 31;
            key.push(char::from(ALPHABET[usize::try_from(index).unwrap_or(0)]));
        }
        Self(key)
    }

    /// Formats random bytes as six groups of six hexadecimal digits: the default pattern
    /// of the machine API, which some of its clients require.
    #[must_use]
    pub fn hex_from_random(random: [u8; HEX_KEY_BYTES]) -> Self {
        let groups = random.chunks(3).map(|g| {
            let bits = g.iter().fold(0u32, |bits, byte| (bits << 8) | u32::from(*byte));
            format!("{bits:06X}")
        });
        Self(groups.collect::<Vec<_>>().join("-"))
    }

    /// Returns whether an issued or imported key can have this form: 8 or more printable characters. Other
    /// keys are rejected without a look-up.
    #[must_use]
    pub fn is_plausible(&self) -> bool {
        LOOKUP_LEN.contains(&self.0.len())
            && self.0.chars().all(|c| c == ' ' || !(c.is_control() || c.is_whitespace()))
    }

    /// Returns the key in clear text. Use it only to show the key to its holder and for
    /// the look-up digest.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the last four characters, which identify a key in lists.
    #[must_use]
    pub fn last_four(&self) -> String {
        let start = self.0.char_indices().rev().nth(3).map_or(0, |(i, _)| i);
        self.0[start..].to_owned()
    }
}

/// Returns the text in upper case: keys are unique in any case.
fn upper_case(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_uppercase() } else { text.to_uppercase() }
}

/// The pattern of a product's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyFormat {
    /// `LIC-XXXX-XXXX-XXXX-XXXX`: the prefix and four groups of base 32.
    #[default]
    Prefixed,
    /// `([A-F0-9]{6}-){5}[A-F0-9]{6}`, without a prefix.
    Hex,
}

impl KeyFormat {
    /// All formats, in menu order.
    pub const ALL: [Self; 2] = [Self::Prefixed, Self::Hex];

    /// Returns the word used in storage and forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prefixed => "prefixed",
            Self::Hex => "hex",
        }
    }

    /// Returns the label for menus.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Prefixed => "Prefix and four groups: LIC-A3F9-K2M7-P8X1-Q4R6",
            Self::Hex => "Six groups of hexadecimal digits: A3F91C-…-04D2E7",
        }
    }

    /// Parses the word; an empty text is the default.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the word is unknown.
    pub fn parse(word: &str) -> Result<Self, FieldError> {
        if word.is_empty() {
            return Ok(Self::default());
        }
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == word)
            .ok_or_else(|| FieldError::new("key_format", "Choose one of the offered key patterns."))
    }
}

/// The prefix of a product's keys: 2 to 8 upper-case letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyPrefix(String);

impl KeyPrefix {
    /// Checks and upper-cases a prefix.
    ///
    /// # Errors
    /// Returns [`FieldError`] unless the prefix is 2 to 8 ASCII letters and digits.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        let text = input.trim().to_ascii_uppercase();
        if (MIN_PREFIX_LEN..=MAX_PREFIX_LEN).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            Ok(Self(text))
        } else {
            Err(FieldError::new(
                "key_prefix",
                "The key prefix must be 2 to 8 letters or digits, such as LIC.",
            ))
        }
    }

    /// Returns the prefix in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for KeyPrefix {
    fn default() -> Self {
        Self("LIC".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn generated_key_has_the_documented_shape() {
        let key = LicenseKey::from_random(&KeyPrefix::default(), [0xff; KEY_BYTES]);
        assert_eq!(key.expose(), "LIC-ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        assert_eq!(key.last_four(), "ZZZZ");
        assert!(key.is_plausible());
    }

    #[test]
    fn key_is_trimmed_and_upper_cased() {
        let a = LicenseKey::parse(" lic-a3f9-k2m7-p8x1-q4r6\n").expect("a key");
        assert_eq!(a.expose(), "LIC-A3F9-K2M7-P8X1-Q4R6");
        assert!(LicenseKey::parse(" \t").is_err());
    }

    #[test]
    fn prefixes_are_parsed_and_refused() {
        assert_eq!(KeyPrefix::parse(" pro ").expect("a prefix").as_str(), "PRO");
        for bad in ["", "A", "TOOLONGXX", "A-B", "ÄB"] {
            assert!(KeyPrefix::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hexadecimal_keys_have_six_groups_of_six() {
        let key = LicenseKey::hex_from_random([0xa5; HEX_KEY_BYTES]);
        assert_eq!(key.expose(), "A5A5A5-A5A5A5-A5A5A5-A5A5A5-A5A5A5-A5A5A5");
        assert!(key.is_plausible());
    }

    proptest! {
        #[test]
        fn distinct_random_bytes_give_distinct_keys(a in any::<[u8; KEY_BYTES]>(), b in any::<[u8; KEY_BYTES]>()) {
            let prefix = KeyPrefix::default();
            let same = LicenseKey::from_random(&prefix, a) == LicenseKey::from_random(&prefix, b);
            prop_assert_eq!(same, a == b);
        }

        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            if let Ok(key) = LicenseKey::parse(&text) {
                let _ = key.last_four();
                let _ = key.is_plausible();
            }
        }
    }
}
