//! Links to the previous and the next page of a list.

use leptos::prelude::*;

/// The links. `href` returns the URL of a cursor.
#[component]
pub fn Pager<C>(previous: Option<C>, next: Option<C>, href: impl Fn(C) -> String) -> impl IntoView {
    (previous.is_some() || next.is_some()).then(|| {
        let link = |cursor: Option<C>, rel: &'static str, label: &'static str| match cursor {
            Some(cursor) => view! { <a class="button" rel=rel href=href(cursor)>{label}</a> }.into_any(),
            None => view! { <span class="button" aria-disabled="true">{label}</span> }.into_any(),
        };
        view! {
            <nav class="pager" aria-label="Pages">
                {link(previous, "prev", "Previous")}
                {link(next, "next", "Next")}
            </nav>
        }
    })
}

/// The link to the older part of a list that is shown from the latest on.
#[component]
pub fn OlderLink(href: Option<String>) -> impl IntoView {
    href.map(|href| {
        view! {
            <nav class="pager" aria-label="Pages">
                <a class="button" href=href>"Older"</a>
            </nav>
        }
    })
}
