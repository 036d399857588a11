//! The header `Accept-Language` (RFC 9110, section 12.5.4).

/// Longest header that is read, in bytes.
const MAX_LEN: usize = 500;

/// Returns the accepted languages in lower case, the preferred one first. Refused and malformed entries are
/// left out.
pub(super) fn accepted(header: &str) -> Vec<String> {
    let header = header.get(..header.len().min(MAX_LEN)).unwrap_or_default();
    let mut entries: Vec<(u16, String)> = header.split(',').filter_map(parse_entry).collect();
    // Entries of the same weight keep their order.
    entries.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    entries.into_iter().map(|(_, language)| language).collect()
}

/// Returns the weight in thousandths and the language.
fn parse_entry(entry: &str) -> Option<(u16, String)> {
    let mut parts = entry.split(';').map(str::trim);
    let language = parts.next()?.to_ascii_lowercase();
    let is_language =
        !language.is_empty() && language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
        Some(weight) => thousandths(weight)?,
        None => 1000,
    };
    (is_language && weight > 0).then_some((weight, language))
}

/// Parses a weight from 0 to 1 with at most three decimals.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let padded = format!("{decimals:0<3}");
    let decimals: u16 = if padded.len() == 3 { padded.parse().ok()? } else { return None };
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_ordered_by_weight() {
        assert_eq!(accepted("fr;q=0.5, de-AT, en;q=0.8, *;q=0.1"), ["de-at", "en", "fr"]);
        assert_eq!(accepted("en, de"), ["en", "de"]);
        assert_eq!(accepted("de;q=0, en;q=0.001"), ["en"]);
        for nothing in ["", ",,", "de;q=2", "de;q=x", "de;q=0.1234", "\u{e9}"] {
            assert!(accepted(nothing).is_empty(), "{nothing}");
        }
    }
}
