//! Page of the user's own account: name, password, second factor and sessions.

mod password;
mod second_factor;
mod sessions;

use domain::sign_up::SignUpPolicy;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Card, ErrorState, Field, FormMessage, FormState, PageTitle, PostForm};
use crate::context;
use crate::server_fn::own_account::{OwnAccountPage, RenameUser, own_account};
use password::PasswordCard;
use second_factor::SecondFactorCard;
use sessions::SessionsCard;

/// The page.
#[component]
pub fn OwnAccount() -> impl IntoView {
    let page = Resource::new(|| (), |()| own_account());
    view! {
        <PageTitle text="Your account"/>
        <h1>"Your account"</h1>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Parts page/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Parts(page: OwnAccountPage) -> impl IntoView {
    let OwnAccountPage { me, second_factor, set_up, recovery_codes, sessions, is_restricted } = page;
    let has_second_factor = second_factor.is_on();
    let restricted = is_restricted.then(|| {
        view! {
            <section class="alert alert-warning" role="status">
                <p>
                    <strong>"Set two-factor sign-in up to go on."</strong> " The owners of " {me.account.clone()}
                    " require it. Until then, this page alone is open to you."
                </p>
            </section>
        }
    });
    let may_sign_up = !is_restricted && context::sign_up_policy() == SignUpPolicy::Open;
    let another = may_sign_up.then(|| {
        view! {
            <p class="muted">
                <a href="/sign-up">"Create another account"</a> " for another company or shop, of which you are the owner."
            </p>
        }
    });
    view! {
        {restricted}
        <SecondFactorCard view=second_factor set_up recovery_codes email=me.email.clone()/>
        <PasswordCard email=me.email.clone() has_second_factor/>
        <SessionsCard sessions/>
        <NameCard name=me.name email=me.email/>
        {another}
    }
}

#[component]
fn NameCard(name: String, email: String) -> impl IntoView {
    let form = FormState::of::<RenameUser>();
    view! {
        <Card title="Name">
            <PostForm to=RenameUser::url()>
                <FormMessage form/>
                <p class="muted">"You sign in as " <span class="text-break">{email}</span> "."</p>
                <Field form name="name" label="Name" value=name required=true autocomplete="name"
                    hint="Other members see it. Entries of the history keep the name of their time."/>
                <button class="button">"Save"</button>
            </PostForm>
        </Card>
    }
}
