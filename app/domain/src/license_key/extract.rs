//! Extracts license keys from pasted search text, such as a line of a mail or a masked key.

use super::LicenseKey;

/// Returns the keys that a text may contain, most likely first. Accepts keys among words, and every
/// spelling that [`LicenseKey::folded_spellings`] accepts.
#[must_use]
pub fn extract_keys(text: &str) -> Vec<LicenseKey> {
    let words = text.split_whitespace();
    // A key whose groups are words of the text: prefix and four groups, or six groups.
    let groups: Vec<&str> = words.clone().collect();
    let windows = [5, 6].into_iter().flat_map(|n| groups.windows(n)).map(|groups| groups.join("-"));
    let candidates = words.map(ToOwned::to_owned).chain(windows).chain([text.to_owned()]);
    let candidates = candidates.filter(|text| !is_address(text));
    let mut keys = Vec::new();
    for key in candidates.filter_map(|text| LicenseKey::parse(&text).ok()).flat_map(|key| key.spellings()) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// Returns whether a text is an e-mail address, a URL or a host, which may have as many letters as a key. A
/// key whose groups are separated by dots has at least four of them.
fn is_address(text: &str) -> bool {
    let inner = text.trim_matches(|c: char| !c.is_alphanumeric());
    let dots = inner.matches('.').count();
    inner.contains('@')
        || inner.contains("://")
        || (!inner.contains(char::is_whitespace) && (1..4).contains(&dots))
}

/// Returns the last four characters of a masked key, as pages show it.
#[must_use]
pub fn last_characters(text: &str) -> Option<String> {
    let shown = text.trim().rsplit(['…', '•', '-']).next()?;
    let is_hidden = text.contains(['…', '•']);
    (is_hidden && shown.len() == 4).then(|| shown.to_ascii_uppercase())
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
            "LIC.A3F9.K2M7.P8X1.Q4R6",
            "ada@example.com: LIC-A3F9-K2M7-P8X1-Q4R6",
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
            "gracehopp7k2m9@example.com",
            "https://grace7k2m9x.example.com",
            "grace7k2m9xq4r6ab.example.com",
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
