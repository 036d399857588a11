//! Sign-in page.

use domain::sign_up::SignUpPolicy;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use super::lost_password::WithoutMail;
use crate::component::{AuthPage, Field, FormMessage, FormState, PostForm};
use crate::context;
use crate::server_fn::session;

/// The page.
#[component]
pub fn SignIn() -> impl IntoView {
    let form = FormState::of::<session::SignIn>();
    let query = use_query_map();
    let next = query.read_untracked().get("next").unwrap_or_default();
    let is_reset = query.read_untracked().get("reset").is_some();
    let is_open = context::sign_up_policy() == SignUpPolicy::Open;
    let lost = if context::sends_mail() {
        view! { <p><a href="/sign-in/reset">"Password lost?"</a></p> }.into_any()
    } else {
        view! { <WithoutMail/> }.into_any()
    };
    view! {
        <AuthPage title="Sign in">
            <h1>"Sign in"</h1>
            {is_reset.then(|| view! {
                <p class="alert alert-success" role="status">"The password is changed. Sign in with the new one."</p>
            })}
            <PostForm to=session::SignIn::url() class="stack">
                <FormMessage form/>
                <input type="hidden" name="next" value=next/>
                <Field form name="email" label="E-mail" kind="email" required=true autocomplete="username"/>
                <Field form name="password" label="Password" kind="password" required=true
                    autocomplete="current-password"/>
                <button class="button button-primary">"Sign in"</button>
            </PostForm>
            {lost}
            {is_open.then(|| view! { <p><a href="/sign-up">"Create an account"</a></p> })}
        </AuthPage>
    }
}
