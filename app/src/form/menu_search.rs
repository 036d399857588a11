//! The search of a long menu.

/// Longest search, in characters. Each word of it is a condition.
const MAX_SEARCH: usize = 120;

/// Parses the search. An empty one finds everything, and a longer one is cut.
#[must_use]
pub fn parse_menu_search(text: Option<String>) -> Option<String> {
    let text = text?;
    let cut: String = text.trim().chars().take(MAX_SEARCH).collect();
    (!cut.is_empty()).then_some(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_search_is_none_and_a_long_one_is_cut() {
        assert_eq!(parse_menu_search(None), None);
        assert_eq!(parse_menu_search(Some("  ".to_owned())), None);
        assert_eq!(parse_menu_search(Some(" zulu ".to_owned())).as_deref(), Some("zulu"));
        let long = parse_menu_search(Some("ä ".repeat(4_000)));
        assert_eq!(long.map(|text| text.chars().count()), Some(MAX_SEARCH));
    }
}
