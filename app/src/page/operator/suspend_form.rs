//! The form that suspends a seller. It says what will happen.

use domain::AccountId;
use domain::view::Suspension;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Card, Field, FormMessage, FormState, PostForm, Select};
use crate::server_fn::operator::SuspendSeller;

/// The form, above the list. `present` is the suspension to change, if any. `cancel` is the URL of the list
/// without the form.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn SuspendForm(
    id: AccountId,
    name: String,
    present: Option<Suspension>,
    cancel: String,
) -> impl IntoView {
    let form = FormState::of::<SuspendSeller>();
    let options = vec![
        ("verify".to_owned(), "Go on verifying".to_owned()),
        ("stop".to_owned(), "Are refused, as for a suspended license".to_owned()),
    ];
    let (title, button) = if present.is_some() {
        (format!("Change the suspension of {name}"), "Change the suspension")
    } else {
        (format!("Suspend {name}?"), "Suspend the seller")
    };
    let apps = if present.as_ref().is_some_and(|it| it.apps_stopped) { "stop" } else { "verify" };
    let reason = present.map(|it| it.reason).unwrap_or_default();
    view! {
        <Card title id="suspend">
            <PostForm to=SuspendSeller::url()>
                <FormMessage form/>
                <p>
                    "With their next click, members see only that the account is suspended, and your reason. "
                    "Its API tokens are refused, its running bulk jobs end, and its imports wait. "
                    "Nothing is deleted, and you can reinstate it."
                </p>
                <input type="hidden" name="id" value=id.to_string()/>
                <Field form name="reason" label="Reason" value=reason required=true hint="The members of the seller read it."/>
                <Select form name="apps" label="Apps of its customers" options value=apps/>
                <div class="actions">
                    <button class="button button-danger">{button}</button>
                    <a class="button" href=cancel>"Cancel"</a>
                </div>
            </PostForm>
        </Card>
    }
}
