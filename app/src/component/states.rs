//! What stands where a page's data would be: nothing yet, or a failure.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::params::ParamsMap;

use crate::UiError;

/// A failure, with its reference and a way to try again.
#[component]
pub fn ErrorState(error: UiError) -> impl IntoView {
    let title = match error.code.as_str() {
        "not_found" => "Not found",
        "forbidden" => "Not allowed",
        "signed_out" => "Signed out",
        _ => "This did not work",
    };
    let again = match error.code.as_str() {
        "not_found" | "forbidden" => {
            view! { <a class="button" href="/licenses">"Go to licenses"</a> }.into_any()
        }
        "signed_out" => view! { <a class="button" href=back_here() rel="external">"Sign in"</a> }.into_any(),
        _ => view! { <a class="button" href="" rel="external">"Try again"</a> }.into_any(),
    };
    view! {
        <section class="empty-state" role="alert">
            <h1>{title}</h1>
            <p>{error.message}</p>
            {error.reference.map(|id| view! { <p class="muted">"Reference: " <code>{id}</code></p> })}
            {again}
        </section>
    }
}

/// Where one signs in and comes back to this page.
fn back_here() -> String {
    let location = use_location();
    let here =
        format!("{}{}", location.pathname.get_untracked(), location.query.read_untracked().to_query_string());
    let mut params = ParamsMap::new();
    params.insert("next", here);
    format!("/sign-in{}", params.to_query_string())
}

/// An empty list: what it is for, and the one thing to do.
#[component]
pub fn EmptyState(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="empty-state">
            <h2>{title}</h2>
            {children()}
        </section>
    }
}
