//! The page of search results.

use http::StatusCode;
use leptos::prelude::*;

use super::layout::{self, MAX_QUERY_CHARS};
use super::search::{Entry, find};

/// The path of the page.
pub const PATH: &str = "/docs/search";
/// Most results on the page.
const MAX_RESULTS: usize = 50;

/// Renders the page of a query string, with its status.
pub fn page(query_string: &str) -> (StatusCode, String) {
    let pairs = url::form_urlencoded::parse(query_string.as_bytes());
    let text = pairs.filter(|(name, _)| name == "q").last().map(|(_, value)| value.into_owned());
    let text = text.unwrap_or_default();
    let text = text.trim();
    let shown: String = text.chars().take(MAX_QUERY_CHARS).collect();
    let (status, body) = if shown.len() < text.len() {
        (StatusCode::BAD_REQUEST, note(format!("A search has at most {MAX_QUERY_CHARS} characters.")))
    } else {
        (StatusCode::OK, results(text))
    };
    let body = view! { <h1>"Search"</h1> {body} };
    (status, layout::render("Search", PATH, &shown, body.into_any()))
}

fn results(text: &str) -> AnyView {
    if text.is_empty() {
        let hint = "Enter words of an operation: of its title, its path, its fields. The beginning of a word is enough.";
        return note(hint.to_owned());
    }
    let found = find(text);
    let count = match found.len() {
        0 => return note(format!("Nothing has all of these words: {text}. Try fewer or shorter ones.")),
        1 => "1 result.".to_owned(),
        all @ 2..=MAX_RESULTS => format!("{all} results."),
        all => format!("The first {MAX_RESULTS} of {all} results. Add a word to find fewer."),
    };
    let hits: Vec<_> = found.into_iter().take(MAX_RESULTS).map(hit).collect();
    view! { {note(count)} <ol class="docs-hits">{hits}</ol> }.into_any()
}

fn note(text: String) -> AnyView {
    view! { <p role="status">{text}</p> }.into_any()
}

fn hit(entry: &'static Entry) -> AnyView {
    let request = entry.request.as_ref().map(|(method, path)| {
        view! { <p><code><strong>{method.as_str()}</strong> " " {path.as_str()}</code></p> }
    });
    view! {
        <li>
            <a href=entry.href.as_str()>{entry.title.as_str()}</a> " "
            <span class="muted">{entry.group.as_str()}</span>
            {request}
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::openapi::{document, groups};

    fn of(text: &str) -> (u16, String) {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
        let (status, page) = page(&query);
        (status.as_u16(), page)
    }

    #[test]
    fn result_has_group_title_method_and_path() {
        let groups = groups(document());
        let operation = groups[0].operations[0];
        let (status, page) = of(operation.path);
        assert_eq!(status, 200);
        let href = format!("<a href=\"{}#{}\">", groups[0].path(), operation.id());
        let method = operation.method.to_uppercase();
        for text in [href.as_str(), groups[0].name, operation.path, method.as_str()] {
            assert!(page.contains(text), "{text}");
        }
    }

    #[test]
    fn empty_result_says_so_and_texts_are_escaped() {
        let (status, page) = of("\"><script>alert(1)</script>");
        assert_eq!(status, 200);
        assert!(page.contains("Nothing has all of these words"));
        // The script of the layout.
        assert_eq!(page.matches("<script").count(), 1);
        assert!(page.contains("value=\"&quot;"));
        assert!(of("").1.contains("Enter words"));
    }

    #[test]
    fn long_text_is_refused() {
        assert_eq!(of(&"ä".repeat(MAX_QUERY_CHARS)).0, 200);
        let (status, page) = of(&"ä".repeat(MAX_QUERY_CHARS + 1));
        assert_eq!(status, 400);
        assert!(page.contains("at most 200 characters"));
    }

    #[test]
    fn broken_query_strings_are_searches_for_nothing() {
        for query in ["", "q", "p=1", "q=%ff%fe", "q=a&q=", "&&=%"] {
            assert_eq!(page(query).0, 200, "{query}");
        }
    }

    #[test]
    fn page_with_all_results_is_small() {
        let (_, page) = of("a");
        assert!(page.len() <= 40_000, "{}", page.len());
    }
}
