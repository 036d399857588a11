//! Page for unknown paths.

use leptos::prelude::*;

use crate::component::PageTitle;
use crate::context;

/// The page, with status 404. Only signed-in members see it: other browsers are led to the sign-in first.
#[component]
pub fn NotFound() -> impl IntoView {
    context::not_found();
    view! {
        <PageTitle text="Not found"/>
        <section class="empty-state">
            <h1>"There is no such page"</h1>
            <p>"The address may be mistyped, or what it showed is gone."</p>
            <div class="actions">
                <a class="button button-primary" href="/">"Go to the overview"</a>
                <a class="button" href="/licenses">"Find a license"</a>
            </div>
        </section>
    }
}
