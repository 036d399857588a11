//! Extracts license keys from pasted search text, such as a line of a mail or a masked key.

use crate::LicenseKey;

/// Returns the keys that a text may contain, most likely first. Accepts keys among words, in
/// quotes, with Unicode dashes, with blanks in place of dashes or without dashes.
#[must_use]
pub fn extract_keys(text: &str) -> Vec<LicenseKey> {
    let text: String = text.chars().map(|c| if is_dash(c) { '-' } else { c }).collect();
    let is_key_char = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let words = text.split(|c| !is_key_char(c)).map(|word| word.trim_matches('-').to_owned());
    let groups: Vec<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|g| !g.is_empty()).collect();
    let joined = (groups.len() > 1).then(|| groups.join("-"));
    let undashed = if let [group] = groups[..] { normalize_groups(group) } else { None };
    let mut keys = Vec::new();
    for text in words.chain(joined).chain(undashed) {
        let Ok(key) = LicenseKey::parse(&text) else { continue };
        // Prefixed keys have five groups (four dashes), hexadecimal keys six (five dashes).
        let is_whole = key.is_plausible() && matches!(text.matches('-').count(), 4 | 5);
        if is_whole && !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// Returns the last four characters of a masked key, as pages show it.
#[must_use]
pub fn last_characters(text: &str) -> Option<String> {
    let shown = text.trim().rsplit(['…', '•', '-']).next()?;
    let is_hidden = text.contains(['…', '•']);
    (is_hidden && shown.len() == 4).then(|| shown.to_ascii_uppercase())
}

/// Inserts the dashes into a key without dashes: six groups of six hexadecimal digits, or a
/// prefix and four groups of four.
fn normalize_groups(text: &str) -> Option<String> {
    let (first, size) = match text.len() {
        36 if text.bytes().all(|b| b.is_ascii_hexdigit()) => ("", 6),
        length @ 18..=24 => (text.get(..length - 16)?, 4),
        _ => return None,
    };
    let rest = text
        .as_bytes()
        .get(first.len()..)?
        .chunks(size)
        .map(|group| str::from_utf8(group).unwrap_or_default());
    let groups: Vec<&str> = std::iter::once(first).filter(|first| !first.is_empty()).chain(rest).collect();
    Some(groups.join("-"))
}

/// Returns whether the character is a Unicode hyphen, dash or minus sign.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exposed(text: &str) -> Vec<String> {
        extract_keys(text).iter().map(|key| key.expose().to_owned()).collect()
    }

    #[test]
    fn pasted_keys_are_extracted_in_any_spelling() {
        for text in [
            "LIC-A3F9-K2M7-P8X1-Q4R6",
            " lic-a3f9-k2m7-p8x1-q4r6\t",
            "LIC A3F9 K2M7 P8X1 Q4R6",
            "LICA3F9K2M7P8X1Q4R6",
            "LIC–A3F9–K2M7–P8X1–Q4R6",
            "Key: LIC-A3F9-K2M7-P8X1-Q4R6.",
            "“LIC-A3F9-K2M7-P8X1-Q4R6”",
            "my key LIC-A3F9-K2M7-P8X1-Q4R6 does not work",
        ] {
            assert_eq!(exposed(text).first().map(String::as_str), Some("LIC-A3F9-K2M7-P8X1-Q4R6"), "{text}");
        }
        let hex = "A3F91C-04D2E7-A3F91C-04D2E7-A3F91C-04D2E7";
        for text in [hex, &hex.replace('-', ""), &hex.replace('-', " ")] {
            assert_eq!(exposed(text), [hex], "{text}");
        }
    }

    #[test]
    fn text_without_a_key_yields_none() {
        for text in [
            "",
            "maple",
            "Q4R6",
            "ada@example.com",
            "my-shop.example.com",
            "Ada Keller",
            "AUR-••••-••••-••••-VPNJ",
            "-----",
        ] {
            assert_eq!(exposed(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn last_characters_match_the_masked_form_on_pages() {
        for text in ["…Q4R6", "LIC-••••-••••-••••-Q4R6", " …q4r6 "] {
            assert_eq!(last_characters(text).as_deref(), Some("Q4R6"), "{text}");
        }
        for text in ["Q4R6", "", "…", "…Q4R", "LIC-A3F9-K2M7-P8X1-Q4R6"] {
            assert_eq!(last_characters(text), None, "{text}");
        }
    }
}
