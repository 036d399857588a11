//! Removes the marks of Leptos that pages do not need.
//!
//! Leptos writes an empty comment `<!>` beside texts and lists, by which the browser finds them again when it hydrates a
//! view. Only islands are hydrated. The marks of the rest are some 3 kB of a page. In texts and attributes, `<` is
//! escaped.

const MARK: &str = "<!>";
const ISLAND: &str = "<leptos-island";
const ISLAND_END: &str = "</leptos-island>";

/// Returns the page without the marks outside of islands.
pub fn remove(page: &str) -> String {
    let mut kept = String::with_capacity(page.len());
    let (mut rest, mut depth) = (page, 0_usize);
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        kept.push_str(before);
        if depth == 0
            && let Some(after) = tag.strip_prefix(MARK)
        {
            rest = after;
            continue;
        }
        if tag.starts_with(ISLAND) {
            depth += 1;
        } else if tag.starts_with(ISLAND_END) {
            depth = depth.saturating_sub(1);
        }
        kept.push('<');
        rest = &tag[1..];
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn islands_keep_their_marks() {
        let page = "<p>a<!>b<!></p><leptos-island data-component=\"A\">c<!>\
                    <leptos-island>d<!></leptos-island>e<!></leptos-island><!><p>é</p><!>";
        let kept = "<p>ab</p><leptos-island data-component=\"A\">c<!>\
                    <leptos-island>d<!></leptos-island>e<!></leptos-island><p>é</p>";
        assert_eq!(remove(page), kept);
    }

    #[test]
    fn other_comments_and_texts_stay() {
        for page in ["", "text", "<!-- a -->", "<!DOCTYPE html><p title=\"&lt;!>\">&lt;!></p>", "<", "a<!"] {
            assert_eq!(remove(page), page);
        }
    }
}
