//! The text of a license key, as it was issued or imported.

use super::LicenseKey;
use crate::unicode::is_invisible;

/// Bounds of a key, in characters (machine API contract, "Keys").
const KEY_LEN: std::ops::RangeInclusive<usize> = 8..=256;

/// Number of groups from which two of them are shown of a masked key.
const MIN_SHOWN_GROUPS: usize = 5;
/// Longest group of such a key, in characters.
const MAX_GROUP_LEN: usize = 8;
/// Most bullets of a masked key.
const MAX_BULLETS: usize = 16;

/// The text of a key that is shown to its holder. Apps send it in any case: see [`Self::lookup`].
/// Has no `Debug` or `Serialize`, because a key is a credential and must not be logged.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedKey(String);

impl IssuedKey {
    /// Checks a key of another system, which is kept as it is.
    ///
    /// # Errors
    /// Returns the message for the key, unless it has 8 to 256 printable characters.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.contains(['…', '•']) {
            return Err("This key is masked. Export the licenses with their keys.".to_owned());
        }
        if !KEY_LEN.contains(&text.chars().count()) {
            return Err("A license key has 8 to 256 characters.".to_owned());
        }
        if let Some(c) = text.chars().find(|c| *c != ' ' && (is_invisible(*c) || c.is_whitespace())) {
            return Err(format!(
                "A license key has printable characters only. Remove U+{:04X}.",
                u32::from(c)
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// Wraps a stored key without checks, because only checked keys are stored.
    #[must_use]
    pub fn from_storage(text: String) -> Self {
        Self(text)
    }

    /// Returns the key in clear text. Use it only to show the key to its holder and to seal it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Masks the key for pages: `LIC-••••-••••-••••-Q4R6` shows its first and its last group. A key of
    /// fewer groups shows its last four characters.
    #[must_use]
    pub fn masked(&self) -> String {
        let groups: Vec<&str> = self.0.split('-').collect();
        let last = groups.len() - 1;
        if groups.len() < MIN_SHOWN_GROUPS || groups.iter().any(|group| group.chars().count() > MAX_GROUP_LEN)
        {
            let hidden = self.0.chars().count().saturating_sub(4);
            let shown: String = self.0.chars().skip(hidden).collect();
            return format!("{}{shown}", "•".repeat(hidden.min(MAX_BULLETS)));
        }
        let masked = groups.iter().enumerate().map(|(n, group)| match n {
            0 => (*group).to_owned(),
            n if n == last => (*group).to_owned(),
            _ => "•".repeat(group.chars().count()),
        });
        masked.collect::<Vec<_>>().join("-")
    }

    /// Returns the key as look-ups compare it.
    #[must_use]
    pub fn lookup(&self) -> LicenseKey {
        LicenseKey(super::upper_case(self.0.trim()))
    }
}

impl From<LicenseKey> for IssuedKey {
    fn from(key: LicenseKey) -> Self {
        Self(key.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_of_other_systems_are_kept() {
        for text in
            ["USER 1_USER 1", "abcd-1234", "{3F2504E0-4F89}", "ключ-1234", "a+b/c=12", &"k".repeat(256)]
        {
            let key = IssuedKey::parse(&format!(" {text}\t")).expect("a key");
            assert_eq!(key.expose(), text);
            assert!(key.lookup().is_plausible(), "{text}");
        }
    }

    #[test]
    fn unusable_keys_are_refused_in_words() {
        let fault = |text: &str| IssuedKey::parse(text).err().expect("a fault");
        assert_eq!(fault("1234567"), "A license key has 8 to 256 characters.");
        assert_eq!(fault(&"k".repeat(257)), "A license key has 8 to 256 characters.");
        assert_eq!(fault("abcd\u{200B}1234"), "A license key has printable characters only. Remove U+200B.");
        assert_eq!(fault("abcd\t1234"), "A license key has printable characters only. Remove U+0009.");
        assert!(fault("…A3F9").contains("masked"));
    }

    #[test]
    fn masked_keys_show_few_characters() {
        for (key, masked) in [
            ("LIC-A3F9-K2M7-P8X1-Q4R6", "LIC-••••-••••-••••-Q4R6"),
            ("A3F91C-04D2E7-A3F91C-04D2E7-A3F91C-04D2E7", "A3F91C-••••••-••••••-••••••-••••••-04D2E7"),
            ("abcd-1234", "•••••1234"),
            ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "••••••••••••••••3301"),
            ("ключ-1234", "•••••1234"),
        ] {
            assert_eq!(IssuedKey::from_storage(key.to_owned()).masked(), masked);
        }
    }

    proptest! {
        #[test]
        fn imported_keys_are_found_as_sent_and_in_any_case(text in "\\PC{8,40}") {
            if let Ok(key) = IssuedKey::parse(&text) {
                let sent = LicenseKey::parse(key.expose()).expect("a key");
                prop_assert!(sent.is_plausible());
                prop_assert!(sent == key.lookup());
                if text.is_ascii() {
                    prop_assert!(LicenseKey::parse(&text.to_lowercase()).expect("a key") == key.lookup());
                }
            }
        }
    }
}
