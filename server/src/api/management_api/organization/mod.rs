//! `/organizations`: companies and teams of customers (management API contract, 2.5).

mod parse;
mod schema;
mod view;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::filter::{FieldKind, FilterField};
use domain::{OrganizationId, Scope};
use service::Service;
use service::organization::{self, NewOrganization, Saved};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, OpenApi};

use super::access::Caller;
use super::answer;
use super::body::Body;
use super::document::list_parameters;
use super::error::{ConflictCode, ManagementError, Result};
use super::list::{ListQuery, ListTable};
use super::path::Id;
use super::query::QueryParameters;
use schema::{NewOrganization as NewOrganizationBody, OrganizationChange};
pub use view::OrganizationView;

static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::in_any_case("name"),
        FilterField::new("email", FieldKind::Email),
        FilterField::id("resellerId"),
    ],
    sorts: &["name"],
    parameters: &[],
};

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

/// Returns the routes. The lists of an organization's users, licenses and activations belong to those resources.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/organizations", get(list).post(create))
        .route("/organizations/{id}", get(show).patch(change).delete(delete))
}

/// List organizations
#[utoipa::path(get, path = "/v3/organizations", tag = "Organizations", operation_id = "listOrganizations",
    security(("bearer" = ["organization:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of organizations.", body = Vec<OrganizationView>)))]
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::ORGANIZATION_READ)?;
    let list = query.parse(&TABLE)?;
    let page = organization::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(|record| OrganizationView::of(&record)))
}

/// Create an organization
#[utoipa::path(post, path = "/v3/organizations", tag = "Organizations", operation_id = "createOrganization",
    security(("bearer" = ["organization:write"])),
    params(("import" = Option<bool>, Query,
        description = "Whether `id`, `createdAt` and `updatedAt` of the body count. Without it they are ignored.")),
    request_body = NewOrganizationBody,
    responses(
        (status = 201, description = "The organization.", body = OrganizationView),
        (status = 409, description = "`DUPLICATE_NAME`: another organization has this name. \
            `IDEMPOTENCY_KEY_IN_USE`: the first request with this key still runs."),
    ))]
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

/// Show an organization
#[utoipa::path(get, path = "/v3/organizations/{id}", tag = "Organizations", operation_id = "showOrganization",
    security(("bearer" = ["organization:read"])),
    params(("id" = Uuid, Path, description = "The organization's id.")),
    responses((status = 200, description = "The organization.", body = OrganizationView)))]
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::ORGANIZATION_READ)?;
    let record = organization::show(&service, caller.actor(), OrganizationId(id)).await?;
    answer::ok(&OrganizationView::of(&record))
}

/// Change an organization
///
/// Fields that are not given stay as they are.
#[utoipa::path(patch, path = "/v3/organizations/{id}", tag = "Organizations",
    operation_id = "changeOrganization",
    security(("bearer" = ["organization:write"])),
    params(("id" = Uuid, Path, description = "The organization's id.")),
    request_body = OrganizationChange,
    responses(
        (status = 200, description = "The organization.", body = OrganizationView),
        (status = 400, description = "A field is wrong. `message` names it. \
            `DUPLICATE_NAME`: another organization has this name."),
    ))]
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

/// Delete an organization
///
/// Its users and licenses stay and lose their organization.
#[utoipa::path(delete, path = "/v3/organizations/{id}", tag = "Organizations",
    operation_id = "deleteOrganization",
    security(("bearer" = ["organization:write"])),
    params(("id" = Uuid, Path, description = "The organization's id.")),
    responses(
        (status = 204, description = "The organization is deleted."),
        (status = 400, description = "Users or licenses join the organization at the same time. Try again."),
    ))]
async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::ORGANIZATION_WRITE)?;
    organization::delete(&service, caller.actor(), OrganizationId(id)).await?;
    Ok(answer::no_content())
}

fn duplicate_name() -> ManagementError {
    let message = "Another organization of this account has this name.";
    ManagementError::Conflict(ConflictCode::DuplicateName, message.to_owned())
}
