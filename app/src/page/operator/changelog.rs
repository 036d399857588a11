//! The newest part of the changelog. Of its Markdown, code spans are rendered, and links keep their label.

use domain::view::ChangelogPart;
use leptos::prelude::*;

use crate::component::Card;

/// The card.
#[component]
pub fn Changelog(part: ChangelogPart) -> impl IntoView {
    let ChangelogPart { title, changes } = part;
    let changes: Vec<_> = changes.iter().map(|change| view! { <li>{inline(change)}</li> }).collect();
    view! { <Card title=format!("Changes: {title}")><ul class="text-break">{changes}</ul></Card> }
}

/// Renders the code spans of a paragraph.
fn inline(text: &str) -> Vec<AnyView> {
    let text = without_links(text);
    let part = |(n, part): (usize, &str)| {
        let (is_code, part) = (n % 2 == 1, part.to_owned());
        if is_code { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
    };
    text.split('`').enumerate().map(part).collect()
}

/// Replaces links by their labels, because their targets are files of the repository.
fn without_links(text: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, label, after)) = next_link(rest) {
        kept.push_str(before);
        kept.push_str(label);
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// Returns the text before the next link, its label, and the text after it.
fn next_link(text: &str) -> Option<(&str, &str, &str)> {
    let (head, target) = text.split_once("](")?;
    let (before, label) = head.rsplit_once('[')?;
    let (_, after) = target.split_once(')')?;
    Some((before, label, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_their_labels() {
        let text = "See [docs/csv.md](docs/csv.md), `a[0]`, and [the guide](docs/operations.md#logs).";
        assert_eq!(without_links(text), "See docs/csv.md, `a[0]`, and the guide.");
        assert_eq!(without_links("no [link"), "no [link");
    }
}
