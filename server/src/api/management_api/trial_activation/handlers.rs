//! The routes of trials.

use axum::extract::State;
use axum::response::Response;
use domain::filter::{FieldKind, FilterField};
use domain::{ActivationId, Scope};
use service::Service;
use service::trial::{self, TrialEnd};

use super::object::TrialView;
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::body::Body;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::{ListQuery, ListTable};
use crate::api::management_api::path::Id;

pub(super) static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::id("productId"),
        FilterField::boolean("expired"),
        FilterField::time("expiresAt"),
        FilterField::text("os"),
        FilterField::text("hostname"),
        FilterField::text("appVersion"),
        FilterField::new("metadata.key", FieldKind::PairKey),
        FilterField::new("metadata.value", FieldKind::PairValue),
    ],
    sorts: &[],
    parameters: &[],
};

/// `GET /trial-activations`.
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

/// `GET /trial-activations/:id`.
pub(super) async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::TRIAL_ACTIVATION_READ)?;
    answer::ok(&TrialView::from(trial::show(&service, caller.actor(), ActivationId(id)).await?))
}

/// `DELETE /trial-activations/:id`.
pub(super) async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::TRIAL_ACTIVATION_WRITE)?;
    trial::delete(&service, caller.actor(), ActivationId(id)).await?;
    Ok(answer::no_content())
}

/// `POST /trial-activations/:id/extend`.
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

/// `PATCH /trial-activations/:id/expires-at`.
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
