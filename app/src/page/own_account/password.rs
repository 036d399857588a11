//! The form that changes the password.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Card, Field, FormMessage, FormState, PostForm};
use crate::server_fn::own_account::ChangePassword;

/// The card.
#[component]
pub fn PasswordCard(email: String) -> impl IntoView {
    let form = FormState::of::<ChangePassword>();
    view! {
        <Card title="Password">
            <PostForm to=ChangePassword::url()>
                <FormMessage form/>
                // Password managers need the name of the sign-in.
                <input type="hidden" name="username" value=email autocomplete="username"/>
                <Field form name="password" id="present-password" label="Present password" kind="password"
                    required=true autocomplete="current-password"/>
                <Field form name="new_password" label="New password" kind="password" required=true
                    autocomplete="new-password" hint="At least 10 characters. All other browsers are signed out."/>
                <button class="button">"Change the password"</button>
            </PostForm>
        </Card>
    }
}
