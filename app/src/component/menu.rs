//! Menu: actions behind a button.

use leptos::prelude::*;

/// A button that opens a list of `<li>` with links or forms. Escape and a click outside close it.
#[component]
pub fn Menu(
    /// The id, unique within the page, which keeps the menu open while the page is updated.
    #[prop(into)]
    id: String,
    #[prop(into)] label: String,
    #[prop(default = "button")] class: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="menu" id=id>
            <summary class=class>{label}</summary>
            <ul class="menu-items">{children()}</ul>
        </details>
    }
}

/// A link in a menu.
#[component]
pub fn MenuLink(#[prop(into)] href: String, #[prop(into)] label: String) -> impl IntoView {
    view! { <li><a href=href>{label}</a></li> }
}
