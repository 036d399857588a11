//! Top bar: brand, search, the toast of the last action, and the menu of narrow screens.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::FlashToast;
use crate::server_fn::search::SearchAll;

/// The bar. It precedes the sidebar, which the style sheet opens together with the menu.
#[component]
pub fn TopBar() -> impl IntoView {
    view! {
        <header class="top-bar">
            <a class="brand" href="/">"Countersign"</a>
            <form method="post" action=SearchAll::url() class="site-search" role="search"
                aria-label="Everything" autocomplete="off">
                <input id="site-search" type="search" name="q" maxlength="500" aria-label="Go to a key, domain, customer or machine"
                    placeholder="Key, domain, customer, machine…"/>
                <kbd aria-hidden="true">"/"</kbd>
            </form>
            <FlashToast/>
            <details class="site-menu" id="menu" data-panel="sidebar">
                <summary class="button" aria-controls="sidebar">"Menu"</summary>
            </details>
        </header>
    }
}
