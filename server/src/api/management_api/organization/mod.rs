//! `/organizations`: companies and teams of customers (management API contract, 2.5).

mod parse;
mod view;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::filter::{FieldKind, FilterField};
use domain::{OrganizationId, Scope};
use service::Service;
use service::organization::{self, NewOrganization, Saved};
use utoipa::OpenApi;

use super::access::Caller;
use super::answer;
use super::body::Body;
use super::error::{ConflictCode, ManagementError, Result};
use super::list::{ListQuery, ListTable};
use super::path::Id;
use super::query::QueryParameters;
pub use view::OrganizationView;

static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::text("name"),
        FilterField::new("email", FieldKind::Email),
        FilterField::id("resellerId"),
    ],
    sorts: &["name"],
    parameters: &[],
};

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths())]
pub(super) struct Document;

/// Returns the routes. The lists of an organization's users, licenses and activations belong to those resources.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/organizations", get(list).post(create))
        .route("/organizations/{id}", get(show).patch(change).delete(delete))
}

/// `GET /organizations`.
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::ORGANIZATION_READ)?;
    let list = query.parse(&TABLE)?;
    let page = organization::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(|record| OrganizationView::of(&record)))
}

/// `POST /organizations`.
async fn create(
    State(service): State<Service>,
    caller: Caller,
    query: QueryParameters,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::ORGANIZATION_WRITE)?;
    let is_import = query.switch("import")?;
    let mut new = NewOrganization::from(parse::new_organization(&fields)?);
    if is_import {
        new.id = fields.id("id")?.value();
        new.created_at = fields.time("createdAt")?;
        new.updated_at = fields.time("updatedAt")?;
    }
    match organization::create(&service, caller.actor(), new).await? {
        Saved::Saved(record) => {
            answer::created(&format!("/v3/organizations/{}", record.id), &OrganizationView::of(&record))
        }
        Saved::DuplicateName => Err(duplicate_name()),
    }
}

/// `GET /organizations/:id`.
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::ORGANIZATION_READ)?;
    let record = organization::show(&service, caller.actor(), OrganizationId(id)).await?;
    answer::ok(&OrganizationView::of(&record))
}

/// `PATCH /organizations/:id`.
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::ORGANIZATION_WRITE)?;
    let change = parse::change(&fields)?;
    let edit = move |stored: &domain::organization::Organization| change.apply(stored);
    match organization::update(&service, caller.actor(), OrganizationId(id), edit).await? {
        Saved::Saved(record) => answer::ok(&OrganizationView::of(&record)),
        Saved::DuplicateName => Err(duplicate_name().in_update()),
    }
}

/// `DELETE /organizations/:id`: its customers and licenses stay.
async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::ORGANIZATION_WRITE)?;
    organization::delete(&service, caller.actor(), OrganizationId(id)).await?;
    Ok(answer::no_content())
}

fn duplicate_name() -> ManagementError {
    let message = "Another organization of this account has this name.";
    ManagementError::Conflict(ConflictCode::DuplicateName, message.to_owned())
}
