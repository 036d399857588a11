//! The messages of a file and the variables that each uses, to compare languages.

use std::collections::{BTreeMap, BTreeSet};

/// Returns the variables of each message, by the message's name. The text must be valid Fluent.
pub(super) fn variables(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current: Option<String> = None;
    // The depth of braces: a dollar sign is a variable only within a placeable.
    let mut depth = 0_usize;
    for line in source.lines() {
        let begins_message = line.starts_with(|c: char| c.is_ascii_alphabetic());
        if depth == 0 && (begins_message || line.starts_with(['#', '-'])) {
            current = line.split_once('=').filter(|_| begins_message).map(|(name, _)| name.trim().to_owned());
            if let Some(name) = &current {
                messages.entry(name.clone()).or_default();
            }
        }
        let Some(found) = current.as_ref().and_then(|name| messages.get_mut(name)) else { continue };
        // A literal in quotes may hold braces. It ends on its line.
        let (mut is_literal, mut is_escaped) = (false, false);
        for (at, c) in line.char_indices() {
            if is_literal {
                is_literal = is_escaped || c != '"';
                is_escaped = !is_escaped && c == '\\';
                continue;
            }
            match c {
                '"' if depth > 0 => is_literal = true,
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                '$' if depth > 0 => {
                    let rest = &line[at + 1..];
                    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
                    let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
                    found.insert(rest[..end].to_owned());
                }
                _ => {}
            }
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_in_placeables_of_all_lines() {
        let source = "# $comment = { $none }\nplain = costs $5\nuses = { $count ->\n    [one] one of { $limit }\n   \
                      *[other] { $count }\n }\n    and { $last-one }\n";
        let found = variables(source);
        let of = |name: &str| found[name].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["plain", "uses"]);
        assert!(of("plain").is_empty());
        assert_eq!(of("uses"), ["count", "last-one", "limit"]);
    }

    #[test]
    fn braces_in_literals_and_terms_do_not_count() {
        let source = "first = { \"{\" } and { \"\\\"{ $no\" } and { $yes } \"\n-term = { $own }\nsecond = { $limit }\n";
        let found = variables(source);
        let of = |name: &str| found[name].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!((of("first"), of("second")), (vec!["yes"], vec!["limit"]));
    }
}
