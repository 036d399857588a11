//! Form that gives the existing licenses of a product other limits, by a bulk job.

use domain::bulk::Verb;
use domain::license::Limit;
use domain::view::ProductView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{FormMessage, FormState, Notice, PostForm, Tone, pluralize};
use crate::context;
use crate::page::bulk::effect;
use crate::server_fn::bulk_job::StartBulkJob;

/// The form. It begins with the limits that were changed by the last submission of `saved`, the form of the
/// defaults.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn ApplyLimits(product: ProductView, saved: FormState) -> impl IntoView {
    let form = FormState::of::<StartBulkJob>();
    let (domains, machines) = (saved.has_changed("domain_limit"), saved.has_changed("machine_limit"));
    let notice = (domains || machines).then(|| {
        view! {
            <Notice tone=Tone::Neutral>
                <p role="status">"New licenses get the new limit. Licenses that exist keep theirs until you apply it here."</p>
            </Notice>
        }
    });
    let fault = form.error_for("domain_limit").map(|fault| view! { <p class="field-error">{fault}</p> });
    view! {
        <section class="card" id="apply-limits">
            <h2>"Apply to existing licenses"</h2>
            {notice}
            <PostForm to=StartBulkJob::url() novalidate=true>
                <FormMessage form/>
                <p>
                    "Every license of this product gets the chosen limits, also where others were agreed. Revoked licenses keep theirs. "
                    {effect(Verb::ChangeLimits)} " It can be undone within an hour. To change only some licenses, select them in "
                    <a href=format!("/licenses?product={}", product.id)>"the list"</a> "."
                </p>
                <input type="hidden" name="verb" value=Verb::ChangeLimits.as_str()/>
                <input type="hidden" name="product" value=product.id.to_string()/>
                <input type="hidden" name="form_token" value=context::form_token()/>
                <fieldset>
                    <legend>"Each license gets"</legend>
                    {fault}
                    {choice(form, "domain_limit", "domain", product.domain_limit, domains)}
                    {choice(form, "machine_limit", "machine", product.machine_limit, machines)}
                </fieldset>
                <button class="button button-primary">{format!("Apply to {}", pluralize(product.licenses, "license"))}</button>
            </PostForm>
        </section>
    }
}

/// A limit as a checkbox. Without it, the field is not sent, and each license keeps its limit.
fn choice(
    form: FormState,
    name: &'static str,
    noun: &str,
    limit: Limit,
    is_changed: bool,
) -> impl IntoView + use<> {
    let (id, value, label) = (format!("apply-{name}"), limit.to_string(), describe(limit, noun));
    let checked = if form.was_rejected() { form.initial(name, String::new()) == value } else { is_changed };
    view! {
        <div class="field field-checkbox">
            <input
                id=id.clone()
                name=name
                type="checkbox"
                value=value
                checked=checked
                autofocus=form.is_first_invalid(name)
                aria-invalid=form.error_for(name).is_some().then_some("true")
            />
            <label for=id>{label}</label>
        </div>
    }
}

/// Describes a limit: "1 domain", "unlimited machines".
fn describe(limit: Limit, noun: &str) -> String {
    match limit.slots() {
        Some(slots) => pluralize(i64::from(slots), noun),
        None => format!("unlimited {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_described_with_their_noun() {
        let texts =
            [Limit::new(1), Limit::new(1_000), Limit::UNLIMITED].map(|limit| describe(limit, "domain"));
        assert_eq!(texts, ["1 domain", "1,000 domains", "unlimited domains"]);
    }
}
