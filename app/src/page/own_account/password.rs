//! The form that changes the password.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Card, Field, FormMessage, FormState, PostForm, Username};
use crate::server_fn::own_account::ChangePassword;

/// The card. With a second factor, the form asks for a code too.
#[component]
pub fn PasswordCard(email: String, has_second_factor: bool) -> impl IntoView {
    let form = FormState::of::<ChangePassword>();
    let code = has_second_factor.then(|| {
        view! {
            <Field form name="code" id="password-code" label="Code" required=true autocomplete="one-time-code"
                hint="Of your authenticator app, or a recovery code."/>
        }
    });
    view! {
        <Card title="Password">
            <PostForm to=ChangePassword::url()>
                <FormMessage form/>
                <Username email/>
                <Field form name="password" id="present-password" label="Present password" kind="password"
                    required=true autocomplete="current-password"/>
                <Field form name="new_password" label="New password" kind="password" required=true
                    autocomplete="new-password" hint="At least 10 characters. All other browsers are signed out."/>
                {code}
                <button class="button">"Change the password"</button>
            </PostForm>
        </Card>
    }
}
