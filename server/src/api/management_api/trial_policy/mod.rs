//! `/trial-policies` (management API contract, 2.7).

mod input;
mod object;

pub(super) use object::TrialPolicyObject;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::filter::FilterField;
use domain::{Scope, TrialPolicyId};
use service::{Error, Service, trial_policy};

use super::access::Caller;
use super::answer;
use super::body::Body;
use super::error::{ConflictCode, ManagementError, Result};
use super::list::{ListQuery, ListTable};
use super::path::Id;
use input::read;

static TABLE: ListTable =
    ListTable { fields: &[FilterField::text("name")], sorts: &["name"], parameters: &[] };

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/trial-policies", get(list).post(create))
        .route("/trial-policies/{id}", get(show).patch(change).delete(delete))
}

/// `GET /trial-policies`.
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::TRIAL_POLICY_READ)?;
    let list = query.parse(&TABLE)?;
    let page = trial_policy::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(|record| TrialPolicyObject::new(&record)))
}

/// `GET /trial-policies/:id`.
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::TRIAL_POLICY_READ)?;
    let record = trial_policy::show(&service, caller.actor(), TrialPolicyId(id)).await?;
    answer::ok(&TrialPolicyObject::new(&record))
}

/// `POST /trial-policies`.
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

/// `PATCH /trial-policies/:id`.
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

/// `DELETE /trial-policies/:id`.
async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::TRIAL_POLICY_WRITE)?;
    match trial_policy::delete(&service, caller.actor(), TrialPolicyId(id)).await {
        Err(Error::Conflict(message)) => Err(ManagementError::Conflict(ConflictCode::ResourceInUse, message)),
        deleted => deleted.map(|()| answer::no_content()).map_err(ManagementError::from),
    }
}
