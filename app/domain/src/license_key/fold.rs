//! Folding of license keys as people paste them (domain API contract, "Key shape").
//!
//! A key is looked up as sent first. If no license has it, its folded spellings are looked up.

use super::{ALPHABET, HEX_GROUP, HEX_GROUPS, LicenseKey, MAX_PREFIX_LEN, MIN_PREFIX_LEN, upper_case};
use crate::unicode::{is_invisible, nfkc};

/// Length of a prefixed key without prefix and separators.
const SYMBOLS: usize = 16;
/// Maximum number of spellings. A prefix with more look-alikes keeps the later ones as sent.
const MAX_SPELLINGS: usize = 8;
/// Longest text that is folded, in bytes.
const MAX_TEXT_LEN: usize = 512;

impl LicenseKey {
    /// Returns the issued spellings that this text may mean, most likely first, without the text
    /// itself.
    ///
    /// Folds by NFKC; ignores separators, quotes, brackets, white space and invisible characters;
    /// reads O as 0, and I and L as 1. No two issued keys of a product have a common spelling,
    /// because their symbols contain no O, I or L.
    #[must_use]
    pub fn folded_spellings(&self) -> Vec<Self> {
        let mut spellings = self.spellings();
        let tidied = self.tidied().filter(|tidied| tidied.is_plausible() && !spellings.contains(tidied));
        spellings.extend(tidied);
        spellings.retain(|spelling| spelling != self);
        spellings
    }

    /// Returns the text without what mails and word processors add, for keys of other systems: folded by
    /// NFKC, with plain dashes and single spaces, without invisible characters, quotes and brackets.
    fn tidied(&self) -> Option<Self> {
        if self.0.len() > MAX_TEXT_LEN {
            return None;
        }
        let mut text = String::with_capacity(self.0.len());
        for c in nfkc(&self.0).chars().filter(|c| c.is_whitespace() || !is_invisible(*c)) {
            match c {
                c if c.is_whitespace() => {
                    if !text.ends_with(' ') {
                        text.push(' ');
                    }
                }
                '\u{2010}'..='\u{2015}' | '\u{2212}' => text.push('-'),
                c => text.push(c),
            }
        }
        let is_around = |c: char| c.is_whitespace() || "\"'`“”„‘’‚«»<>()[]{}.,;:!?".contains(c);
        let text = text.trim_matches(is_around);
        (!text.is_empty()).then(|| Self(upper_case(text)))
    }

    /// Like [`Self::folded_spellings`], with the text itself if it is an issued spelling.
    pub(super) fn spellings(&self) -> Vec<Self> {
        let Some(symbols) = symbols(&self.0) else { return Vec::new() };
        let spellings = if symbols.len() == HEX_GROUP * HEX_GROUPS {
            hex_spelling(&symbols).into_iter().collect()
        } else {
            prefixed_spellings(&symbols)
        };
        spellings.into_iter().map(Self).collect()
    }
}

/// Returns the letters and digits of the text in upper case. `None` if the text holds other
/// letters, or is too long for a key.
fn symbols(text: &str) -> Option<String> {
    if text.len() > MAX_TEXT_LEN {
        return None;
    }
    let mut symbols = String::with_capacity(HEX_GROUP * HEX_GROUPS);
    for c in nfkc(text).chars() {
        if c.is_ascii_alphanumeric() {
            symbols.push(c.to_ascii_uppercase());
        } else if c.is_alphanumeric() && !is_invisible(c) {
            return None;
        }
    }
    Some(symbols)
}

fn hex_spelling(symbols: &str) -> Option<String> {
    let symbols: String = symbols.chars().map(confusable_digit).collect();
    symbols.bytes().all(|b| b.is_ascii_hexdigit()).then(|| join_groups(&symbols, HEX_GROUP))
}

fn prefixed_spellings(symbols: &str) -> Vec<String> {
    let Some(split) = symbols.len().checked_sub(SYMBOLS) else { return Vec::new() };
    if !(MIN_PREFIX_LEN..=MAX_PREFIX_LEN).contains(&split) {
        return Vec::new();
    }
    let (prefix, rest) = symbols.split_at(split);
    let rest: String = rest.chars().map(confusable_digit).collect();
    if !rest.bytes().all(|b| ALPHABET.contains(&b)) {
        return Vec::new();
    }
    let rest = join_groups(&rest, 4);
    prefix_spellings(prefix).into_iter().map(|prefix| format!("{prefix}-{rest}")).collect()
}

/// Returns the prefix as sent, then with its look-alikes. Prefixes may contain any letter.
fn prefix_spellings(prefix: &str) -> Vec<String> {
    let mut spellings = vec![String::new()];
    for c in prefix.chars() {
        let look_alikes: &[char] = match c {
            'O' => &['O', '0'],
            '0' => &['0', 'O'],
            'I' => &['I', '1', 'L'],
            'L' => &['L', '1', 'I'],
            '1' => &['1', 'I', 'L'],
            _ => &[],
        };
        if look_alikes.is_empty() || spellings.len() * look_alikes.len() > MAX_SPELLINGS.pow(2) {
            for spelling in &mut spellings {
                spelling.push(c);
            }
        } else {
            spellings = look_alikes
                .iter()
                .flat_map(|c| spellings.iter().map(move |spelling| format!("{spelling}{c}")))
                .collect();
        }
    }
    let distance = |spelling: &String| spelling.chars().zip(prefix.chars()).filter(|(a, b)| a != b).count();
    spellings.sort_by_key(distance);
    spellings.truncate(MAX_SPELLINGS);
    spellings
}

fn confusable_digit(c: char) -> char {
    match c {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    }
}

fn join_groups(symbols: &str, size: usize) -> String {
    let groups: Vec<&str> =
        symbols.as_bytes().chunks(size).map(|group| str::from_utf8(group).unwrap_or_default()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::super::{HEX_KEY_BYTES, KEY_BYTES, KeyPrefix};
    use super::*;
    use proptest::prelude::*;

    fn first_spelling(text: &str) -> Option<String> {
        let key = LicenseKey::parse(text).expect("a key");
        key.folded_spellings().first().map(|key| key.expose().to_owned())
    }

    #[test]
    fn pasted_spellings_fold_to_the_issued_key() {
        for text in [
            "LIC-A3F9-K2M7-P8X1-Q0R1\u{200B}",
            "\u{FEFF}lic-a3f9-k2m7-p8x1-q0r1",
            "LIC–A3F9—K2M7−P8X1‑Q0R1",
            "“LIC-A3F9-K2M7-P8X1-Q0R1”",
            "«LIC-A3F9-K2M7-P8X1-Q0R1»",
            "[LIC-A3F9-K2M7-P8X1-Q0R1]",
            "LIC-A3F9-\u{A0}K2M7-P8X1-Q0R1",
            "LIC A3F9 K2M7 P8X1 Q0R1",
            "LIC_A3F9_K2M7_P8X1_Q0R1",
            "LICA3F9K2M7P8X1Q0R1",
            "LIC-A3F9K2M7-P8X1Q0R1",
            "LIC-A3F9-K2M7-P8X1-Q0R1.",
            "ＬＩＣ－Ａ３Ｆ９－Ｋ２Ｍ７－Ｐ８Ｘ１－Ｑ０Ｒ１",
            "LIC-A3F9-K2M7-P8XI-QORL",
            "LIC-A3F9-\r\nK2M7-P8X1-\u{AD}Q0R1",
            "LIC-A3F9-K2M7-P8X1-Q0R1\u{FE0F}",
        ] {
            assert_eq!(first_spelling(text).as_deref(), Some("LIC-A3F9-K2M7-P8X1-Q0R1"), "{text:?}");
        }
        let hex = "A3F91C-04D2E7-A3F91C-04D2E7-A3F91C-04D2E7";
        for text in [hex.replace('-', ""), hex.replace('-', " "), hex.replace('0', "O")] {
            assert_eq!(first_spelling(&text).as_deref(), Some(hex), "{text}");
        }
    }

    #[test]
    fn look_alikes_in_the_prefix_are_tried_too() {
        let spellings = LicenseKey::parse("1IC-A3F9-K2M7-P8X1-Q4R6").expect("a key").folded_spellings();
        assert!(spellings.iter().any(|key| key.expose() == "LIC-A3F9-K2M7-P8X1-Q4R6"));
    }

    #[test]
    fn keys_of_other_systems_are_tidied() {
        for text in ["«user_1–key/42»", "user_1-key/42.", "\u{200B}user_1-key/42", "ＵＳＥＲ_1-key/42"]
        {
            assert_eq!(first_spelling(text).as_deref(), Some("USER_1-KEY/42"), "{text}");
        }
        assert_eq!(first_spelling("user\u{A0} 1 key"), Some("USER 1 KEY".to_owned()));
        assert_eq!(first_spelling("user_1-key/42"), None, "it is as sent");
    }

    #[test]
    fn a_spelling_is_named_once() {
        let spellings =
            LicenseKey::parse("\u{200B}LIC-A3F9-K2M7-P8X1-Q4R6").expect("a key").folded_spellings();
        let same = spellings.iter().filter(|key| key.expose() == "LIC-A3F9-K2M7-P8X1-Q4R6");
        assert_eq!(same.count(), 1);
    }

    #[test]
    fn other_texts_have_no_spelling() {
        for text in [
            "x",
            "LIC-A3F9-K2M7-P8X1",
            "LIC-А3F9-K2M7-P8X1-Q4R6",
            &"A".repeat(600),
            "LIC-U3F9-K2M7-P8X1-Q4R6",
        ] {
            assert_eq!(first_spelling(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn issued_prefixed_keys_have_no_other_issued_spelling(
            a in any::<[u8; KEY_BYTES]>(), b in any::<[u8; KEY_BYTES]>(), prefix in "[A-Z0-9]{2,8}"
        ) {
            let prefix = KeyPrefix::parse(&prefix).expect("a prefix");
            let (a_key, b_key) = (LicenseKey::from_random(&prefix, a), LicenseKey::from_random(&prefix, b));
            // Spellings of a key differ from it in the prefix only.
            prop_assert!(a_key.folded_spellings().iter().all(|key| key.expose()[prefix.as_str().len()..] == a_key.expose()[prefix.as_str().len()..]));
            prop_assert!(a == b || !a_key.folded_spellings().contains(&b_key));
        }

        #[test]
        fn issued_hexadecimal_keys_are_their_only_spelling(bytes in any::<[u8; HEX_KEY_BYTES]>()) {
            prop_assert!(LicenseKey::hex_from_random(bytes).folded_spellings().is_empty());
        }

        #[test]
        fn spellings_are_plausible_bounded_and_stable(text in prop_oneof![any::<String>(), "[A-Z0-9OIL–_ \u{200B}-]{16,60}"]) {
            let Ok(key) = LicenseKey::parse(&text) else { return Ok(()) };
            let spellings = key.folded_spellings();
            prop_assert!(spellings.len() <= MAX_SPELLINGS + 1);
            for (n, spelling) in spellings.iter().enumerate() {
                prop_assert!(!spellings[n + 1..].contains(spelling));
                prop_assert!(spelling.is_plausible());
                prop_assert!(LicenseKey::parse(spelling.expose()).is_ok_and(|again| again == *spelling));
            }
        }
    }
}
