//! Sign-in page.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use crate::component::{Field, FormMessage, FormState, PageTitle, PostForm};
use crate::server_fn::session;

/// The page.
#[component]
pub fn SignIn() -> impl IntoView {
    let form = FormState::of::<session::SignIn>();
    let next = use_query_map().read_untracked().get("next").unwrap_or_default();
    view! {
        <PageTitle text="Sign in"/>
        <main class="auth-page">
            <p class="brand">"Countersign"</p>
            <h1>"Sign in"</h1>
            <PostForm to=session::SignIn::url() class="stack">
                <FormMessage form/>
                <input type="hidden" name="next" value=next/>
                <Field form name="email" label="E-mail" kind="email" required=true autocomplete="username"/>
                <Field form name="password" label="Password" kind="password" required=true
                    autocomplete="current-password"/>
                <button class="button button-primary">"Sign in"</button>
            </PostForm>
            <p class="muted">
                "Password lost? Whoever runs this server can set a new one with "
                <code>"countersign user reset-password"</code> "."
            </p>
        </main>
    }
}
