//! The routes of trials.

use axum::extract::State;
use axum::response::Response;
use domain::filter::{FieldKind, FilterField, Folding};
use domain::{ActivationId, Scope};
use service::Service;
use service::trial::{self, TrialEnd};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::object::TrialView;
use super::schema::{TrialExpiry, TrialExtension};
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::body::Body;
use crate::api::management_api::document::list_parameters;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::{ListQuery, ListTable};
use crate::api::management_api::path::Id;

pub(super) static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::id("productId"),
        FilterField::boolean("expired"),
        FilterField::time("expiresAt"),
        FilterField::in_any_case("os"),
        FilterField::in_any_case("hostname"),
        FilterField::in_any_case("appVersion"),
        FilterField::new("metadata.key", FieldKind::PairKey(Folding::Lower)),
        FilterField::new("metadata.value", FieldKind::PairValue(Folding::Lower)),
    ],
    sorts: &[],
    parameters: &[],
};

/// The parameters of the list.
struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// List trials
#[utoipa::path(get, path = "/v3/trial-activations", tag = "Trials", operation_id = "listTrials",
    security(("bearer" = ["trialActivation:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of trials.", body = Vec<TrialView>)))]
pub(super) async fn list(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::TRIAL_ACTIVATION_READ)?;
    let list = query.parse(&TABLE)?;
    let page = trial::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(TrialView::from))
}

/// Show a trial
#[utoipa::path(get, path = "/v3/trial-activations/{id}", tag = "Trials", operation_id = "showTrial",
    security(("bearer" = ["trialActivation:read"])),
    params(("id" = uuid::Uuid, Path, description = "The trial's id, the token's `aid`.")),
    responses((status = 200, description = "The trial.", body = TrialView)))]
pub(super) async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::TRIAL_ACTIVATION_READ)?;
    answer::ok(&TrialView::from(trial::show(&service, caller.actor(), ActivationId(id)).await?))
}

/// Delete a trial
///
/// The machine may begin a new trial. Its present token is valid until the former end.
#[utoipa::path(delete, path = "/v3/trial-activations/{id}", tag = "Trials", operation_id = "deleteTrial",
    security(("bearer" = ["trialActivation:write"])),
    params(("id" = uuid::Uuid, Path, description = "The trial's id, the token's `aid`.")),
    responses((status = 204, description = "The trial is deleted.")))]
pub(super) async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::TRIAL_ACTIVATION_WRITE)?;
    trial::delete(&service, caller.actor(), ActivationId(id)).await?;
    Ok(answer::no_content())
}

/// Extend a trial
///
/// Moves its end by a length, also if it has ended. The machine gets the new end by its next request for the trial.
#[utoipa::path(post, path = "/v3/trial-activations/{id}/extend", tag = "Trials", operation_id = "extendTrial",
    security(("bearer" = ["trialActivation:write"])),
    params(("id" = uuid::Uuid, Path, description = "The trial's id, the token's `aid`.")),
    request_body = TrialExtension,
    responses((status = 200, description = "The trial.", body = TrialView)))]
pub(super) async fn extend(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::TRIAL_ACTIVATION_WRITE)?;
    let seconds = fields.integer("extensionLength", 1..=i64::from(i32::MAX))?;
    let seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
    let seconds = seconds.ok_or_else(|| fields.error("extensionLength", "is required"))?;
    move_end(&service, &caller, ActivationId(id), TrialEnd::Extended(seconds)).await
}

/// Set the end of a trial
///
/// The machine gets the new end by its next request for the trial.
#[utoipa::path(patch, path = "/v3/trial-activations/{id}/expires-at", tag = "Trials",
    operation_id = "changeTrialExpiry",
    security(("bearer" = ["trialActivation:write"])),
    params(("id" = uuid::Uuid, Path, description = "The trial's id, the token's `aid`.")),
    request_body = TrialExpiry,
    responses((status = 200, description = "The trial.", body = TrialView)))]
pub(super) async fn set_end(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::TRIAL_ACTIVATION_WRITE)?;
    let at = fields.time("expiresAt")?.ok_or_else(|| fields.error("expiresAt", "is required"))?;
    move_end(&service, &caller, ActivationId(id), TrialEnd::At(at)).await
}

async fn move_end(service: &Service, caller: &Caller, id: ActivationId, end: TrialEnd) -> Result<Response> {
    answer::ok(&TrialView::from(trial::move_end(service, caller.actor(), id, end).await?))
}
