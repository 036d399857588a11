//! Public page that sets a new password. The token in its path is the permission.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Field, FormMessage, FormState, PostForm, Username, link_page};
use crate::server_fn::password_reset::{SetNewPassword, password_reset};

/// The page.
#[component]
pub fn NewPassword() -> impl IntoView {
    link_page(
        "New password",
        password_reset,
        |email, token| view! { <PasswordForm email token/> }.into_any(),
        || {
            view! {
                <p>
                    "A link works once, for an hour. Check that you copied the whole link, "
                    "or ask for a new one."
                </p>
                <a class="button" href="/sign-in/reset">"Ask for a new link"</a>
            }
            .into_any()
        },
    )
}

#[component]
fn PasswordForm(email: String, token: String) -> impl IntoView {
    let form = FormState::of::<SetNewPassword>();
    view! {
        <h1>"New password"</h1>
        <p>
            "For " <strong class="text-break">{email.clone()}</strong>
            ". All browsers are signed out. Two-factor sign-in stays as it is."
        </p>
        <PostForm to=SetNewPassword::url() class="stack">
            <FormMessage form/>
            <input type="hidden" name="token" value=token/>
            <Username email/>
            <Field form name="password" label="New password" kind="password" required=true
                autocomplete="new-password" hint="At least 10 characters."/>
            <button class="button button-primary">"Set the password"</button>
        </PostForm>
    }
}
