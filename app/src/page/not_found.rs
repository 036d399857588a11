//! Page for unknown paths.

use leptos::prelude::*;

use crate::component::PageTitle;
use crate::context;

/// The page, with status 404.
#[component]
pub fn NotFound() -> impl IntoView {
    context::not_found();
    view! {
        <PageTitle text="Not found"/>
        <main class="auth-page">
            <h1>"There is no such page"</h1>
            <p>"The address may be mistyped, or what it showed is gone."</p>
            <a class="button" href="/">"Go to the overview"</a>
        </main>
    }
}
