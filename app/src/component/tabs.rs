//! Tabs: links to the pages of one object.

use leptos::prelude::*;

/// A tab: its address and its name.
pub struct Tab {
    /// The address of the page.
    pub href: String,
    /// The name of the page.
    pub label: String,
    /// Whether this is the current page.
    pub is_current: bool,
}

/// The tabs. `label` names them for screen readers.
#[component]
pub fn Tabs(label: &'static str, tabs: Vec<Tab>) -> impl IntoView {
    let tabs: Vec<_> = tabs
        .into_iter()
        .map(|Tab { href, label, is_current }| {
            view! { <a href=href aria-current=is_current.then_some("page")>{label}</a> }
        })
        .collect();
    view! { <nav class="tabs" aria-label=label>{tabs}</nav> }
}
