//! Chips: filters and choices as links.

use leptos::prelude::*;

/// A row of chips. `label` names it for screen readers.
#[component]
pub fn FilterChips(label: &'static str, children: Children) -> impl IntoView {
    view! { <nav class="chips" aria-label=label>{children()}</nav> }
}

/// A choice. The link of a chosen chip leads to the list without it if the chip `is_removable`.
#[component]
pub fn FilterChip(
    #[prop(into)] href: String,
    #[prop(into)] label: String,
    #[prop(optional)] is_chosen: bool,
    #[prop(optional)] is_removable: bool,
) -> impl IntoView {
    let remove = (is_chosen && is_removable).then(|| {
        view! { <span class="visually-hidden">", remove"</span> <span aria-hidden="true">"×"</span> }
    });
    view! { <a class="chip" href=href aria-current=is_chosen.then_some("true")>{label} {remove}</a> }
}
