//! Switch between the accounts of a user who is a member of several sellers.

use domain::view::AccountChoice;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::PostForm;
use crate::server_fn::member::{SwitchAccount, accounts};

/// The form. Renders nothing for a user with one account.
#[component]
pub fn AccountSwitch() -> impl IntoView {
    let choices = Resource::new(|| (), |()| accounts());
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                choices.await.ok().filter(|choices| choices.len() > 1).map(|choices| view! { <Choices choices/> })
            })}
        </Suspense>
    }
}

#[component]
fn Choices(choices: Vec<AccountChoice>) -> impl IntoView {
    let options: Vec<_> = choices
        .into_iter()
        .map(|choice| {
            let AccountChoice { id, name, role, is_current } = choice;
            let label = format!("{name} · {role}");
            view! { <option value=id.to_string() selected=is_current>{label}</option> }
        })
        .collect();
    view! {
        <PostForm to=SwitchAccount::url() class="account-switch">
            <label class="visually-hidden" for="account-choice">"Account"</label>
            <select id="account-choice" name="account">{options}</select>
            <button class="button button-small">"Switch"</button>
        </PostForm>
    }
}
