//! The form that suspends a seller. It says what will happen.

use domain::AccountId;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Card, Field, FormMessage, FormState, PostForm, Select};
use crate::server_fn::operator::SuspendSeller;

/// The form, above the list. `cancel` is the URL of the list without it.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn SuspendForm(id: AccountId, name: String, cancel: String) -> impl IntoView {
    let form = FormState::of::<SuspendSeller>();
    let options = vec![
        ("verify".to_owned(), "Go on verifying".to_owned()),
        ("stop".to_owned(), "Are refused, as for a suspended license".to_owned()),
    ];
    view! {
        <Card title=format!("Suspend {name}?") id="suspend">
            <PostForm to=SuspendSeller::url()>
                <FormMessage form/>
                <p>
                    "With their next click, members see only that the account is suspended, and your reason. "
                    "Its API tokens are refused, and its running bulk jobs and imports end. "
                    "Nothing is deleted, and you can reinstate it."
                </p>
                <input type="hidden" name="id" value=id.to_string()/>
                <Field form name="reason" label="Reason" required=true hint="The members of the seller read it."/>
                <Select form name="apps" label="Apps of its customers" options value="verify"/>
                <div class="actions">
                    <button class="button button-danger">"Suspend the seller"</button>
                    <a class="button" href=cancel>"Cancel"</a>
                </div>
            </PostForm>
        </Card>
    }
}
