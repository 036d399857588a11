//! The trial policy of a product, on the tab "Machines".

use domain::view::TrialPolicyMenu;
use domain::{ProductId, TrialPolicyId};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{FormMessage, FormState, MenuSearch, PostForm, Saved, Select};
use crate::server_fn::trial_policy::ChooseTrialPolicy;

/// The query parameter of the search for a policy.
pub const POLICY_SEARCH: &str = "policy_name";

/// The form that chooses a policy, and the search for one that the menu leaves out.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn TrialPolicyChoice(
    product: ProductId,
    menu: TrialPolicyMenu,
    present: Option<TrialPolicyId>,
    may_change: bool,
    search: String,
) -> impl IntoView {
    let form = FormState::of::<ChooseTrialPolicy>();
    let none = (String::new(), "No trials".to_owned());
    let TrialPolicyMenu { options, has_more } = menu;
    let options = options.into_iter().map(|option| (option.id.to_string(), option.label));
    let options: Vec<_> = std::iter::once(none).chain(options).collect();
    let value = present.map(|id| id.to_string()).unwrap_or_default();
    let save = if may_change {
        view! { <button class="button">"Use this policy"</button> }.into_any()
    } else {
        view! { <p class="muted">"Owners and admins change it."</p> }.into_any()
    };
    let path = format!("/products/{product}/machines");
    view! {
        <section class="card">
            <h2>"Trial policy"</h2>
            <p class="muted">
                "The trials of this product follow its policy. If products share one, a change in the form above gives this product a policy of its own. "
                <a href="/trial-policies">"All trial policies"</a>
            </p>
            <MenuSearch path name=POLICY_SEARCH label="Search for a policy" search has_more/>
            <PostForm to=ChooseTrialPolicy::url() class="stack" novalidate=true>
                <FormMessage form/>
                <input type="hidden" name="id" value=product.to_string()/>
                <fieldset class="borderless stack" disabled=!may_change>
                    <Select form name="trial_policy" label="Policy" options value/>
                </fieldset>
                <Saved form/>
                {save}
            </PostForm>
        </section>
    }
}
