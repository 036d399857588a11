//! The pages without the dashboard's menu: sign-in, sign-up, and those that a link opens.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::form::{FormMessage, FormState, PostForm};
use super::{Field, LinkError, PageTitle};
use crate::UiError;

/// The frame of such a page.
#[component]
pub fn AuthPage(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <PageTitle text=title/>
        <main class="auth-page">
            <p class="brand">"Countersign"</p>
            {children()}
        </main>
    }
}

/// Returns the page of a link whose path ends with a token. `load` gets what the token opens, and `found` shows it.
/// `help` follows the message that the link is not valid.
pub fn link_page<T, Fut>(
    title: &'static str,
    load: impl Fn(String) -> Fut + Send + Sync + 'static,
    found: fn(T, String) -> AnyView,
    help: fn() -> AnyView,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    Fut: Future<Output = Result<T, UiError>> + Send + 'static,
{
    let token = use_params_map().read_untracked().get("token").unwrap_or_default();
    let asked = token.clone();
    let opened = Resource::new(move || asked.clone(), load);
    view! {
        <AuthPage title>
            <Suspense>
                {move || {
                    let token = token.clone();
                    Suspend::new(async move {
                        match opened.await {
                            Ok(opened) => found(opened, token),
                            Err(error) => view! { <LinkError error>{help()}</LinkError> }.into_any(),
                        }
                    })
                }}
            </Suspense>
        </AuthPage>
    }
}

/// The form that asks for a link by mail. After its submission `sent` says what follows.
#[component]
pub fn LinkRequest(
    form: FormState,
    /// The path: `ServerFunction::url()`.
    to: &'static str,
    /// What the link is for.
    purpose: &'static str,
    sent: &'static str,
) -> impl IntoView {
    if form.has_succeeded() {
        return view! {
            <section class="alert alert-success" role="status">
                <p><strong>"Look into your mailbox."</strong></p>
                <p>{sent}</p>
            </section>
        }
        .into_any();
    }
    view! {
        <p>{purpose}</p>
        <PostForm to=to class="stack">
            <FormMessage form/>
            <Field form name="email" label="E-mail" kind="email" required=true autocomplete="username"/>
            <button class="button button-primary">"Send the link"</button>
        </PostForm>
    }
    .into_any()
}
