//! `/trial-policies` (management API contract, 2.7).

mod input;
mod object;
mod schema;

pub(super) use object::TrialPolicyObject;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::filter::FilterField;
use domain::{Scope, TrialPolicyId};
use service::{Error, Service, trial_policy};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, OpenApi};

use super::access::Caller;
use super::answer;
use super::body::Body;
use super::document::list_parameters;
use super::error::{ConflictCode, ManagementError, Result};
use super::list::{ListQuery, ListTable};
use super::path::Id;
use input::read;
use schema::{NewTrialPolicy, TrialPolicyChange};

static TABLE: ListTable =
    ListTable { fields: &[FilterField::text("name")], sorts: &["name"], parameters: &[] };

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, create, show, change, delete))]
pub(super) struct Document;

/// The parameters of the list.
struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/trial-policies", get(list).post(create))
        .route("/trial-policies/{id}", get(show).patch(change).delete(delete))
}

/// List trial policies
#[utoipa::path(get, path = "/v3/trial-policies", tag = "Trials", operation_id = "listTrialPolicies",
    security(("bearer" = ["trialPolicy:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of policies.", body = Vec<TrialPolicyObject>)))]
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::TRIAL_POLICY_READ)?;
    let list = query.parse(&TABLE)?;
    let page = trial_policy::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(|record| TrialPolicyObject::new(&record)))
}

/// Show a trial policy
#[utoipa::path(get, path = "/v3/trial-policies/{id}", tag = "Trials", operation_id = "showTrialPolicy",
    security(("bearer" = ["trialPolicy:read"])),
    params(("id" = uuid::Uuid, Path, description = "The policy's id.")),
    responses((status = 200, description = "The policy.", body = TrialPolicyObject)))]
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::TRIAL_POLICY_READ)?;
    let record = trial_policy::show(&service, caller.actor(), TrialPolicyId(id)).await?;
    answer::ok(&TrialPolicyObject::new(&record))
}

/// Create a trial policy
///
/// A product has trials once it names a policy.
#[utoipa::path(post, path = "/v3/trial-policies", tag = "Trials", operation_id = "createTrialPolicy",
    security(("bearer" = ["trialPolicy:write"])),
    request_body = NewTrialPolicy,
    responses((status = 201, description = "The policy.", body = TrialPolicyObject)))]
async fn create(State(service): State<Service>, caller: Caller, Body(fields): Body) -> Result<Response> {
    caller.require(Scope::TRIAL_POLICY_WRITE)?;
    let new = read(&fields)?;
    if new.name.is_none() {
        return Err(fields.error("name", "is required"));
    }
    if new.length.is_none() {
        return Err(fields.error("trialLength", "is required"));
    }
    let record = trial_policy::create(&service, caller.actor(), &new).await?;
    answer::created(&format!("/v3/trial-policies/{}", record.id), &TrialPolicyObject::new(&record))
}

/// Change a trial policy
///
/// Fields that are not given stay as they are. Its products follow at once.
#[utoipa::path(patch, path = "/v3/trial-policies/{id}", tag = "Trials", operation_id = "changeTrialPolicy",
    security(("bearer" = ["trialPolicy:write"])),
    params(("id" = uuid::Uuid, Path, description = "The policy's id.")),
    request_body = TrialPolicyChange,
    responses((status = 200, description = "The policy.", body = TrialPolicyObject)))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::TRIAL_POLICY_WRITE)?;
    let change = read(&fields)?;
    let record = trial_policy::update(&service, caller.actor(), TrialPolicyId(id), &change).await?;
    answer::ok(&TrialPolicyObject::new(&record))
}

/// Delete a trial policy
#[utoipa::path(delete, path = "/v3/trial-policies/{id}", tag = "Trials", operation_id = "deleteTrialPolicy",
    security(("bearer" = ["trialPolicy:write"])),
    params(("id" = uuid::Uuid, Path, description = "The policy's id.")),
    responses((status = 204, description = "The policy is deleted."), (status = 409, description = "`RESOURCE_IN_USE`: a product names the policy.")))]
async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::TRIAL_POLICY_WRITE)?;
    match trial_policy::delete(&service, caller.actor(), TrialPolicyId(id)).await {
        Err(Error::Conflict(message)) => Err(ManagementError::Conflict(ConflictCode::ResourceInUse, message)),
        deleted => deleted.map(|()| answer::no_content()).map_err(ManagementError::from),
    }
}
