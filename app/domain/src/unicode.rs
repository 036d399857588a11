//! Unicode rules for text that people paste: NFKC, invisible characters, byte order marks.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// Returns the text in normalization form KC (Unicode Standard Annex 15): full-width letters become
/// ASCII letters, and composed letters are composed.
#[must_use]
pub fn nfkc(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfkc().normalize(text)
}

/// Returns whether the character has no visible form of its own: control and format characters,
/// variation selectors and fillers (Unicode property `Default_Ignorable_Code_Point`).
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{AD}'
                | '\u{34F}'
                | '\u{61C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{17B4}'..='\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Removes characters that make a name look different from its letters: control characters,
/// bidirectional overrides, and spaces without width. Keeps line breaks, tabs, and the joiners that
/// scripts and emoji need (U+200C, U+200D, U+FE0F).
#[must_use]
pub fn strip_deceptive(text: &str) -> Cow<'_, str> {
    let is_kept = |c: char| {
        matches!(c, '\n' | '\r' | '\t' | '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
            // Flags of regions are spelled with tags.
            || matches!(c, '\u{E0020}'..='\u{E007F}')
            || !is_invisible(c)
    };
    if text.chars().all(is_kept) { text.into() } else { text.chars().filter(|c| is_kept(*c)).collect() }
}

/// Decodes bytes as text: UTF-8, or UTF-16 if they begin with its byte order mark, as Windows
/// PowerShell writes files. Removes the mark (RFC 8259, section 8.1). `None` if the bytes are
/// neither.
#[must_use]
pub fn decode_text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks(2).map(|pair| unit([pair[0], pair.get(1).copied().unwrap_or(0)]));
        char::decode_utf16(units).collect::<Result<String, _>>().ok().map(Cow::Owned)
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => str::from_utf8(rest).ok().map(Cow::Borrowed),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}

/// Removes a byte order mark from decoded text.
#[must_use]
pub fn strip_bom(text: &str) -> &str {
    text.strip_prefix('\u{FEFF}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn deceptive_characters_are_stripped_and_joiners_kept() {
        assert_eq!(strip_deceptive("Ada\u{202E}relleK"), "AdarelleK");
        assert_eq!(strip_deceptive("A\u{200B}d\u{FEFF}a\0"), "Ada");
        for kept in ["Ada\nKeller\t", "👩\u{200D}💻", "می\u{200C}خواهم", "❤\u{FE0F}"] {
            assert_eq!(strip_deceptive(kept), kept);
        }
    }

    #[test]
    fn marked_encodings_are_decoded() {
        let little: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain("{ä}".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> =
            [0xFE, 0xFF].into_iter().chain("{ä}".encode_utf16().flat_map(u16::to_be_bytes)).collect();
        for bytes in ["{ä}".as_bytes(), "\u{FEFF}{ä}".as_bytes(), &little, &big] {
            assert_eq!(decode_text(bytes).as_deref(), Some("{ä}"), "{bytes:?}");
        }
        assert_eq!(decode_text(&[0xC3]), None);
        assert_eq!(decode_text(&[0xFF, 0xFE, 0x00, 0xD8]), None);
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in any::<String>()) {
            let once = nfkc(&text).into_owned();
            prop_assert_eq!(nfkc(&once), once.as_str());
            let stripped = strip_deceptive(&text).into_owned();
            prop_assert_eq!(strip_deceptive(&stripped), stripped.as_str());
        }

        #[test]
        fn decoding_never_panics(bytes in any::<Vec<u8>>(), mark in prop_oneof![Just(vec![]), Just(vec![0xFF, 0xFE]), Just(vec![0xFE, 0xFF])]) {
            let _ = decode_text(&[mark, bytes].concat());
        }
    }
}
