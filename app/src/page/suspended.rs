//! The only page of a member whose account the operator has suspended.

use domain::view::Suspension;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{AccountSwitch, AuthPage, PostForm, RelativeTime};
use crate::server_fn::operator::{SuspendedPage, account_suspension};
use crate::server_fn::session::SignOut;

/// The page.
#[component]
pub fn Suspended() -> impl IntoView {
    let page = Resource::new(|| (), |()| account_suspension());
    view! {
        <AuthPage title="Account suspended">
            <h1>"Account suspended"</h1>
            <Suspense>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <Reason page/> }.into_any(),
                        Err(error) => view! { <p role="alert">{error.message}</p> }.into_any(),
                    }
                })}
            </Suspense>
            <AccountSwitch/>
            <PostForm to=SignOut::url() class="">
                <button class="button">"Sign out"</button>
            </PostForm>
        </AuthPage>
    }
}

#[component]
fn Reason(page: SuspendedPage) -> impl IntoView {
    let SuspendedPage { me, suspension } = page;
    let Suspension { at, reason, apps_stopped } = suspension;
    let apps = if apps_stopped {
        "Apps of your customers are refused as for a suspended license."
    } else {
        "Apps of your customers go on verifying."
    };
    view! {
        <p>
            "The operator of this server has suspended " <strong><bdi>{me.account}</bdi></strong> " "
            <RelativeTime at/> ". Its data is kept."
        </p>
        <p class="text-break">"Reason: " <bdi>{reason}</bdi></p>
        <p>{apps}</p>
        <p class="muted">"Ask the operator of this server to reinstate the account."</p>
        <p class="muted">"You are signed in as " <bdi>{me.name}</bdi> "."</p>
    }
}
