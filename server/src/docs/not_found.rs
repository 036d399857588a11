//! The page of an address below `/docs` that has none.

use leptos::prelude::*;

use super::layout;

/// Renders the page.
pub fn page() -> String {
    let body = view! {
        <h1>"No such page"</h1>
        <p>"The " <a href="/docs">"API reference"</a> " has a page for each group of operations. The search finds them."</p>
    };
    layout::render("No such page", "", "", body.into_any())
}
