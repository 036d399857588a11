//! Page of a lost password: asks for the address that gets a link.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{AuthPage, FormState, LinkRequest};
use crate::context;
use crate::server_fn::password_reset::RequestPasswordReset;

/// The page.
#[component]
pub fn LostPassword() -> impl IntoView {
    view! {
        <AuthPage title="Password lost">
            <h1>"Password lost"</h1>
            {if context::sends_mail() {
                view! { <Request/> }.into_any()
            } else {
                view! { <WithoutMail/> }.into_any()
            }}
            <p><a href="/sign-in">"Back to the sign-in"</a></p>
        </AuthPage>
    }
}

/// The form, and what follows.
#[component]
fn Request() -> impl IntoView {
    let form = FormState::of::<RequestPasswordReset>();
    view! {
        <LinkRequest form to=RequestPasswordReset::url()
            purpose="You get a link by mail, with which you set a new password."
            sent="If a user has this address, a mail with a link is on its way. The link works once, for an hour. A user gets three such mails an hour at most."/>
    }
}

/// The way on an instance that sends no mail.
#[component]
pub fn WithoutMail() -> impl IntoView {
    view! {
        <p class="muted">
            "Password lost? The operator of this server can set a new one with "
            <code>"countersign user reset-password"</code> "."
        </p>
    }
}
