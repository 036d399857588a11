//! Set-up page of a new instance.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{AuthPage, Field, FormMessage, FormState, PostForm};
use crate::server_fn::set_up;

/// The page. The form requires the code from the server's log.
#[component]
pub fn SetUp() -> impl IntoView {
    let form = FormState::of::<set_up::SetUp>();
    view! {
        <AuthPage title="Set up">
            <h1>"Set up this server"</h1>
            <p>"This makes you its operator and the owner of its first seller account."</p>
            <PostForm to=set_up::SetUp::url() class="stack">
                <FormMessage form/>
                <Field form name="code" label="Set-up code" required=true autocomplete="off"
                    hint="Printed in the server’s log when it started."/>
                <Field form name="name" label="Your name" required=true autocomplete="name"/>
                <Field form name="email" label="E-mail" kind="email" required=true autocomplete="username"/>
                <Field form name="account" label="Company or shop" required=true autocomplete="organization"/>
                <Field form name="password" label="Password" kind="password" required=true
                    autocomplete="new-password" hint="At least 10 characters."/>
                <Field form name="product" label="First product (optional)"
                    hint="It is made with one domain a license, and a first license to try."/>
                <button class="button button-primary">"Set up"</button>
            </PostForm>
        </AuthPage>
    }
}
