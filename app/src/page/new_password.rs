//! Public page that sets a new password. The token in its path is the permission.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use crate::component::{Field, FormMessage, FormState, LinkError, PageTitle, PostForm, Username};
use crate::server_fn::password_reset::{SetNewPassword, password_reset};

/// The page.
#[component]
pub fn NewPassword() -> impl IntoView {
    let token = use_params_map().read_untracked().get("token").unwrap_or_default();
    let asked = token.clone();
    let email = Resource::new_blocking(move || asked.clone(), password_reset);
    view! {
        <PageTitle text="New password"/>
        <main class="auth-page">
            <p class="brand">"Countersign"</p>
            <Suspense>
                {move || {
                    let token = token.clone();
                    Suspend::new(async move {
                        match email.await {
                            Ok(email) => view! { <PasswordForm email token/> }.into_any(),
                            Err(error) => view! {
                                <LinkError error>
                                    <p>
                                        "A link works once, for an hour. Check that you copied the whole link, "
                                        "or ask for a new one."
                                    </p>
                                    <a class="button" href="/sign-in/reset">"Ask for a new link"</a>
                                </LinkError>
                            }
                            .into_any(),
                        }
                    })
                }}
            </Suspense>
        </main>
    }
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
