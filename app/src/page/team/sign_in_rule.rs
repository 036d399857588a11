//! The rule that members sign in with two factors.

use domain::permission::{Permission, Role};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Card, FormMessage, FormState, PostForm};
use crate::server_fn::own_account::RequireSecondFactor;

/// The card. `without` is the number of members without a second factor.
#[component]
pub fn SignInRule(is_required: bool, without: usize, role: Role) -> impl IntoView {
    let form = FormState::of::<RequireSecondFactor>();
    let state = match (is_required, without) {
        (true, 0) => "Members sign in with two factors.".to_owned(),
        (true, 1) => "Members sign in with two factors. One of them must still set it up.".to_owned(),
        (true, n) => format!("Members sign in with two factors. {n} of them must still set it up."),
        (false, 0) => "Every member has set two-factor sign-in up. It is not required.".to_owned(),
        (false, _) => "Two-factor sign-in is each member’s choice.".to_owned(),
    };
    let change = role.allows(Permission::ManageOwners).then(|| {
        let (label, text) = if is_required {
            ("Make it optional", "Members may then switch it off.")
        } else {
            ("Require two-factor sign-in", "Members without it are led to its set-up with their next click.")
        };
        view! {
            <PostForm to=RequireSecondFactor::url()>
                <FormMessage form/>
                {(!is_required).then(|| view! { <input type="hidden" name="required" value="on"/> })}
                <p class="muted">{text}</p>
                <button class="button">{label}</button>
            </PostForm>
        }
    });
    view! { <Card title="Sign-in"><p>{state}</p> {change}</Card> }
}
