//! Page of the second step of a sign-in.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{AuthPage, Field, FormMessage, FormState, PostForm};
use crate::server_fn::session::SignInCode;

/// The page.
#[component]
pub fn SignInWithCode() -> impl IntoView {
    let form = FormState::of::<SignInCode>();
    view! {
        <AuthPage title="Two-factor sign-in">
            <h1>"Two-factor sign-in"</h1>
            <PostForm to=SignInCode::url() class="stack">
                <FormMessage form/>
                <Field form name="code" label="Code" required=true autocomplete="one-time-code"
                    hint="The 6 digits of your authenticator app, or a recovery code."/>
                <button class="button button-primary">"Sign in"</button>
            </PostForm>
            <p><a href="/sign-in">"Sign in as another user"</a></p>
            <p class="muted">
                "App and recovery codes lost? The operator of this server can remove the second factor with "
                <code>"countersign user reset-second-factor"</code> "."
            </p>
        </AuthPage>
    }
}
