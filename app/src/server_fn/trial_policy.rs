//! Server functions of trial policies.

use domain::view::{TrialPolicyList, TrialPolicyPage};
use domain::{ProductId, TrialPolicyId};
use leptos::prelude::*;

use crate::UiError;
use crate::context;
use crate::form::TrialPolicyForm;

/// Returns the trial policies of the account that are older than `before`.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "trial_policies")]
pub async fn trial_policies(before: Option<TrialPolicyId>) -> Result<TrialPolicyList, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::trial_policy::list_page(&service, &actor, before).await.map_err(context::to_ui_error)
}

/// Returns a trial policy and its products.
///
/// # Errors
/// Returns `not_found` if the policy does not exist.
#[server(prefix = "/_fn", endpoint = "trial_policy")]
pub async fn trial_policy(id: String) -> Result<TrialPolicyPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: TrialPolicyId = context::parse_id(&id)?;
    service::trial_policy::show_page(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Makes a trial policy and leads to its page.
///
/// # Errors
/// Returns `invalid` for an invalid field.
#[server(prefix = "/_fn", endpoint = "create_trial_policy")]
pub async fn create_trial_policy(#[server(flatten)] form: TrialPolicyForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let new = form.parse().map_err(context::validation_error)?.into_new();
    let made = service::trial_policy::create(&service, &actor, &new).await.map_err(context::to_ui_error)?;
    context::redirect(&format!("/trial-policies/{}", made.id));
    Ok(())
}

/// Changes the rules of a trial policy that differ from those that the form showed, and with them its products.
///
/// # Errors
/// Returns `invalid` for an invalid field, `changed` for a rule that another member changed since the form was rendered,
/// and `not_found` if the policy does not exist.
#[server(prefix = "/_fn", endpoint = "change_trial_policy")]
pub async fn change_trial_policy(
    id: TrialPolicyId,
    #[server(flatten)] form: TrialPolicyForm,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let edit = form.parse().map_err(context::validation_error)?;
    let changed = service::trial_policy::edit(&service, &actor, id, edit).await;
    changed.map(drop).map_err(context::to_ui_error)
}

/// Deletes a trial policy that no product uses.
///
/// # Errors
/// Returns `conflict` if a product uses it.
#[server(prefix = "/_fn", endpoint = "delete_trial_policy")]
pub async fn delete_trial_policy(id: TrialPolicyId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::trial_policy::delete(&service, &actor, id).await.map_err(context::to_ui_error)?;
    context::redirect("/trial-policies");
    Ok(())
}

/// Gives a product a trial policy. An empty one ends trials.
///
/// # Errors
/// Returns `invalid` if there is no such policy, and `not_found` if the product does not exist.
#[server(prefix = "/_fn", endpoint = "choose_trial_policy")]
pub async fn choose_trial_policy(
    id: ProductId,
    #[server(default)] trial_policy: String,
) -> Result<(), UiError> {
    use service::product::{ProductTerms, edit_by_program};
    let (service, actor) = (context::service()?, context::actor()?);
    let unknown = || {
        let message = "Choose one of the offered policies.";
        context::validation_error(vec![domain::FieldError::new("trial_policy", message)])
    };
    let text = trial_policy.trim();
    let chosen =
        if text.is_empty() { None } else { Some(text.parse::<TrialPolicyId>().map_err(|_| unknown())?) };
    let change = ProductTerms { trial_policy: Some(chosen), ..ProductTerms::default() };
    let changed = edit_by_program(&service, &actor, id, &change).await.map_err(context::to_ui_error)?;
    changed.map(drop).map_err(|_| unknown())
}
