//! The HTML document around each page: header, search and the list of groups.

use leptos::prelude::*;

use super::openapi::{Group, document, groups};
use crate::assets;

/// Longest text of a search, in characters.
pub const MAX_QUERY_CHARS: usize = 200;

/// The links of the header.
const LINKS: [(&str, &str); 3] =
    [("API reference", "/docs"), ("Conventions", "/docs/conventions"), ("Tokens and files", "/docs/tokens")];

/// Renders a whole page as HTML. `path` is its own path, and `query` the text of the search.
pub fn render(title: &str, path: &str, query: &str, body: AnyView) -> String {
    let pkg = format!("/{}", assets::asset_folder());
    // A text of ours; Leptos does not escape a title.
    let title = format!("{title} · Countersign");
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href=format!("{pkg}/countersign.css")/>
                <link rel="icon" type="image/svg+xml" href=format!("{pkg}/icon.svg")/>
                <script type="module" src=format!("{pkg}/docs.js")></script>
                <title>{title}</title>
            </head>
            <body>
                <a class="skip-link" href="#main">"Skip to the page"</a>
                {header(path, query)}
                <main id="main" tabindex="-1">
                    <div class="docs">
                        <nav class="docs-list" aria-label="Groups of operations">{group_list(path)}</nav>
                        <div class="docs-text">
                            <nav class="docs-list-narrow" aria-label="Groups of operations">
                                <details><summary>"Operations"</summary> {group_list(path)}</details>
                            </nav>
                            {body}
                        </div>
                    </div>
                </main>
            </body>
        </html>
    }
    .to_html()
    // Marks for hydration, which these pages do not have. In a text, `<` is escaped.
    .replace("<!>", "")
}

fn header(path: &str, query: &str) -> AnyView {
    let links: Vec<_> = LINKS
        .into_iter()
        .map(|(text, href)| {
            let current = (href == path).then_some("page");
            view! { <a href=href aria-current=current>{text}</a> }
        })
        .collect();
    view! {
        <header class="docs-header">
            <a class="brand" href="/">"Countersign"</a>
            <nav aria-label="Main">{links}</nav>
            <form class="docs-search" method="get" action="/docs/search" role="search">
                <input type="search" name="q" value=query.to_owned() maxlength=MAX_QUERY_CHARS.to_string()
                    aria-label="Search the reference" placeholder="Search the reference"/>
                <button class="button">"Search"</button>
            </form>
        </header>
    }
    .into_any()
}

/// The links to all groups, and below the group of this page those to its operations.
fn group_list(path: &str) -> AnyView {
    let groups: Vec<_> =
        groups(document()).iter().map(|group| group_item(group, group.path() == path)).collect();
    view! { <ul>{groups}</ul> }.into_any()
}

fn group_item(group: &Group<'_>, is_current: bool) -> AnyView {
    let operations = is_current.then(|| {
        let links: Vec<_> = group
            .operations
            .iter()
            .map(|operation| {
                let href = format!("#{}", operation.id());
                view! { <li><a href=href>{operation.summary()}</a></li> }
            })
            .collect();
        view! { <ul>{links}</ul> }
    });
    let current = is_current.then_some("page");
    view! { <li><a href=group.path() aria-current=current>{group.name.to_owned()}</a> {operations}</li> }
        .into_any()
}
