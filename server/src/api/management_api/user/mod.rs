//! `/users`: the licensed customers (management API contract, 2.4).

mod export;
mod list;
mod parse;
mod password;
mod schema;
mod view;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::{CustomerId, Scope};
use service::Service;
use service::customer::{self, Saved};
use utoipa::OpenApi;

use super::access::Caller;
use super::answer;
use super::body::Body;
use super::error::{ConflictCode, ManagementError, Result};
use super::path::Id;
use super::query::QueryParameters;
pub(super) use parse::names;
use schema::{NewUser, UserChange};
pub use view::UserView;

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(
    list::list,
    create,
    show,
    change,
    delete,
    export::export,
    password::request_reset,
    password::reset,
    password::update,
    list::of_organization,
))]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/users", get(list::list).post(create))
        .route("/users/export", get(export::export))
        .route("/users/{id}", get(show).patch(change).delete(delete))
        .route("/users/{id}/reset-password-token", post(password::request_reset))
        .route("/users/{id}/reset-password", post(password::reset))
        .route("/users/{id}/update-password", post(password::update))
        .route("/organizations/{id}/users", get(list::of_organization))
}

/// Create a user
///
/// Makes a customer. Members of the team are invited in the dashboard.
#[utoipa::path(post, path = "/v3/users", tag = "Users", operation_id = "createUser",
    security(("bearer" = ["user:write"])),
    params(("import" = Option<bool>, Query,
        description = "Whether `id`, `createdAt` and `updatedAt` of the body count. Without it they are ignored.")),
    request_body = NewUser,
    responses(
        (status = 201, description = "The user.", body = UserView),
        (status = 400, description = "A field is missing or wrong. `message` names it. \
            `INVALID_ORGANIZATION_ID`: the account has no such organization."),
        (status = 409, description = "`DUPLICATE_EMAIL`: another user has this e-mail address. \
            `IDEMPOTENCY_KEY_IN_USE`: the first request with this key still runs."),
    ))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    query: QueryParameters,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::USER_WRITE)?;
    let new = parse::new_customer(&fields, query.switch("import")?)?;
    match customer::create(&service, caller.actor(), new).await? {
        Saved::Saved(record) => {
            answer::created(&format!("/v3/users/{}", record.id), &UserView::of_customer(&record))
        }
        Saved::DuplicateEmail => Err(duplicate_email()),
        Saved::NoSuchOrganization => Err(ManagementError::InvalidOrganizationId),
    }
}

/// Show a user
#[utoipa::path(get, path = "/v3/users/{id}", tag = "Users", operation_id = "showUser",
    security(("bearer" = ["user:read"])),
    params(("id" = Uuid, Path, description = "The user's id.")),
    responses((status = 200, description = "The user.", body = UserView)))]
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::USER_READ)?;
    let record = customer::show_record(&service, caller.actor(), CustomerId(id)).await?;
    answer::ok(&UserView::of_customer(&record))
}

/// Change a user
///
/// Fields that are not given stay as they are. Metadata merges by `key`; tags are replaced.
#[utoipa::path(patch, path = "/v3/users/{id}", tag = "Users", operation_id = "changeUser",
    security(("bearer" = ["user:write"])),
    params(("id" = Uuid, Path, description = "The user's id.")),
    request_body = UserChange,
    responses(
        (status = 200, description = "The user.", body = UserView),
        (status = 400, description = "A field is wrong. `message` names it. \
            `DUPLICATE_EMAIL`: another user has this e-mail address. \
            `INVALID_ORGANIZATION_ID`: the account has no such organization."),
    ))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::USER_WRITE)?;
    let change = parse::change(&fields)?;
    match customer::change(&service, caller.actor(), CustomerId(id), change).await? {
        Saved::Saved(record) => answer::ok(&UserView::of_customer(&record)),
        Saved::DuplicateEmail => Err(duplicate_email().in_update()),
        Saved::NoSuchOrganization => Err(ManagementError::InvalidOrganizationId),
    }
}

/// Delete a user
///
/// The licenses stay and lose their user.
#[utoipa::path(delete, path = "/v3/users/{id}", tag = "Users", operation_id = "deleteUser",
    security(("bearer" = ["user:write"])),
    params(("id" = Uuid, Path, description = "The user's id.")),
    responses((status = 204, description = "The user is deleted.")))]
async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::USER_WRITE)?;
    customer::delete(&service, caller.actor(), CustomerId(id)).await?;
    Ok(answer::no_content())
}

fn duplicate_email() -> ManagementError {
    let message = "Another user of this account has this e-mail address.";
    ManagementError::Conflict(ConflictCode::DuplicateEmail, message.to_owned())
}
