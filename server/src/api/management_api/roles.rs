//! `/roles`: the fixed roles of members (management API contract, 2.12).

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use domain::filter::{FilterField, ListPage};
use domain::permission::Role;
use domain::{Scope, ScopeSet, Timestamp};
use serde::Serialize;
use service::Service;
use utoipa::OpenApi;
use uuid::Uuid;

use super::access::Caller;
use super::answer::{self, Time};
use super::error::{ManagementError, Result, not_found};
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
#[openapi(paths())]
pub(super) struct Document;

/// Returns the routes. Roles can't be changed: other methods are answered with 404.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/roles", get(list).fallback(not_found))
        .route("/roles/{id}", get(show).fallback(not_found))
}

/// A role.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    name: &'static str,
    description: &'static str,
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

/// `GET /roles`. Four rows: filters and orders are read and change nothing.
async fn list(caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::ROLE_READ)?;
    let list = query.parse(&TABLE)?;
    list.answer(&ListPage::of_all(all().collect(), &list.request))
}

/// `GET /roles/:id`.
async fn show(caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::ROLE_READ)?;
    let role = all().find(|role| role.id == id).ok_or(ManagementError::NotFound)?;
    answer::ok(&role)
}
