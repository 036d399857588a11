//! Keys by which texts are compared without case: two texts are equal if and only if their keys are.

/// Length of the beginning of a long text in its key, in characters. Bounded for the indexes.
const START_LEN: usize = 160;
/// Separates the beginning of a long text from its digest. No checked text contains it.
const SEPARATOR: char = '\u{1}';

/// Returns the lower-case key of a short text, such as a name.
#[must_use]
pub fn key(text: &str) -> String {
    text.to_lowercase()
}

/// Returns the lower-case key of a text of any length: the text, or its beginning with its length and a digest.
#[must_use]
pub fn bounded_key(text: &str) -> String {
    let lower = key(text);
    let Some((end, _)) = lower.char_indices().nth(START_LEN) else { return lower };
    format!("{}{SEPARATOR}{}.{:016x}", &lower[..end], lower.len(), fnv1a(&lower))
}

/// A digest for equality, not for secrecy (FNV-1a, 64 bits).
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_stored_so_that_they_never_change() {
        assert_eq!(bounded_key("SO-1841"), "so-1841");
        let long = bounded_key(&"X".repeat(161));
        assert_eq!(long, format!("{}\u{1}161.{:016x}", "x".repeat(160), fnv1a(&"x".repeat(161))));
        assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c, "the published test vector");
    }

    proptest! {
        #[test]
        fn texts_that_differ_in_case_alone_have_one_key(text in "[a-zA-Z]{0,400}") {
            prop_assert_eq!(bounded_key(&text.to_uppercase()), bounded_key(&text.to_lowercase()));
        }

        #[test]
        fn other_ends_of_long_texts_make_other_keys(start in "[a-z]{160}", a in "[a-z]{1,20}", b in "[a-z]{1,20}") {
            let keys = (bounded_key(&format!("{start}{a}")), bounded_key(&format!("{start}{b}")));
            prop_assert_eq!(keys.0 == keys.1, a == b);
        }

        #[test]
        fn keys_are_short(text in "\\PC{0,600}") {
            prop_assert!(bounded_key(&text).chars().count() <= START_LEN + 40);
        }
    }
}
