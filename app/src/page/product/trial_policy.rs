//! The trial policy of a product, on the tab "Machines".

use domain::view::TrialPolicyOption;
use domain::{ProductId, TrialPolicyId};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{FormMessage, FormState, PostForm, Saved, Select};
use crate::server_fn::trial_policy::ChooseTrialPolicy;

/// The form that chooses a policy.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn TrialPolicyChoice(
    product: ProductId,
    options: Vec<TrialPolicyOption>,
    present: Option<TrialPolicyId>,
    may_change: bool,
) -> impl IntoView {
    let form = FormState::of::<ChooseTrialPolicy>();
    let none = (String::new(), "No trials".to_owned());
    let options = options.into_iter().map(|option| (option.id.to_string(), option.label));
    let options: Vec<_> = std::iter::once(none).chain(options).collect();
    let value = present.map(|id| id.to_string()).unwrap_or_default();
    let save = if may_change {
        view! { <button class="button">"Use this policy"</button> }.into_any()
    } else {
        view! { <p class="muted">"Owners and admins change it."</p> }.into_any()
    };
    view! {
        <section class="card">
            <h2>"Trial policy"</h2>
            <p class="muted">
                "The trials of this product follow its policy. If products share one, a change in the form above gives this product a policy of its own. "
                <a href="/trial-policies">"All trial policies"</a>
            </p>
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
