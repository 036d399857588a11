//! `/roles`: the fixed roles of members (management API contract, 2.12).

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use domain::filter::{FilterField, ListPage};
use domain::permission::Role;
use domain::{Scope, ScopeSet, Timestamp};
use serde::Serialize;
use service::Service;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::access::Caller;
use super::answer::{self, Time};
use super::document::list_parameters;
use super::error::{ManagementError, Result};
use super::list::{ListItem, ListQuery, ListTable};
use super::path::Id;

/// The fixed ids of the roles begin with these bytes; the last is the rank.
const FIRST_ID: u128 = 0x0199_a1c2_0000_8000_8000_0000_0000_0000;
/// The roles are older than any account: 2026-01-01.
const CREATED_AT_MS: i64 = 1_767_225_600_000;

static TABLE: ListTable =
    ListTable { fields: &[FilterField::text("name")], sorts: &["name"], parameters: &[] };

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, show))]
pub(super) struct Document;

/// The parameters of the list.
struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// Returns the routes. Roles can't be changed: other methods are answered with 404.
pub(super) fn routes() -> Router<Service> {
    Router::new().route("/roles", get(list)).route("/roles/{id}", get(show))
}

/// A role of members of the team.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Role)]
struct RoleView {
    /// The role's id, the same in every account.
    id: Uuid,
    /// Always the same time.
    created_at: Time,
    /// Same as `createdAt`.
    updated_at: Time,
    /// `owner`, `admin`, `support` or `viewer`.
    #[schema(value_type = String)]
    name: &'static str,
    /// What the role is for.
    #[schema(value_type = String)]
    description: &'static str,
    /// The scopes that the role includes.
    claims: Vec<String>,
}

impl ListItem for RoleView {
    fn id(&self) -> Uuid {
        self.id
    }
}

fn view((rank, role): (u128, Role)) -> RoleView {
    let at = Time(Timestamp::from_millis(CREATED_AT_MS));
    RoleView {
        id: Uuid::from_u128(FIRST_ID + rank),
        created_at: at,
        updated_at: at,
        name: role.as_str(),
        description: role.description(),
        claims: ScopeSet::of_role(role).words(),
    }
}

fn all() -> impl Iterator<Item = RoleView> {
    (1u128..).zip(Role::ALL).map(view)
}

/// List roles
///
/// The four roles are fixed. Filters and orders are read and change nothing.
#[utoipa::path(get, path = "/v3/roles", tag = "Access", operation_id = "listRoles",
    security(("bearer" = ["role:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of roles.", body = Vec<RoleView>)))]
async fn list(caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::ROLE_READ)?;
    let list = query.parse(&TABLE)?;
    list.answer(&ListPage::of_all(all().collect(), &list.request))
}

/// Show a role
#[utoipa::path(get, path = "/v3/roles/{id}", tag = "Access", operation_id = "showRole",
    security(("bearer" = ["role:read"])),
    params(("id" = Uuid, Path, description = "The role's id.")),
    responses((status = 200, description = "The role.", body = RoleView)))]
async fn show(caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::ROLE_READ)?;
    let role = all().find(|role| role.id == id).ok_or(ManagementError::NotFound)?;
    answer::ok(&role)
}
