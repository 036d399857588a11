//! Placeholders for a page's data: an empty list or a failure.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::params::ParamsMap;

use crate::UiError;

/// A failure, with its reference id and a link to retry.
#[component]
pub fn ErrorState(error: UiError) -> impl IntoView {
    let title = match error.code.as_str() {
        "not_found" => "Not found",
        "forbidden" => "Not allowed",
        "signed_out" => "Signed out",
        _ => "This did not work",
    };
    let again = match error.code.as_str() {
        "not_found" | "forbidden" => view! {
            <div class="actions">
                <a class="button" href="/">"Go to the overview"</a>
                <a class="button" href="/licenses">"Find a license"</a>
            </div>
        }
        .into_any(),
        "signed_out" => {
            view! { <a class="button" href=sign_in_url() rel="external">"Sign in"</a> }.into_any()
        }
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

/// Returns the URL of the sign-in page that leads back to this page.
fn sign_in_url() -> String {
    let location = use_location();
    let here =
        format!("{}{}", location.pathname.get_untracked(), location.query.read_untracked().to_query_string());
    let mut params = ParamsMap::new();
    params.insert("next", here);
    format!("/sign-in{}", params.to_query_string())
}

/// An empty list: its purpose and the next step.
#[component]
pub fn EmptyState(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="empty-state">
            <h2>{title}</h2>
            {children()}
        </section>
    }
}
