//! `/users`: the licensed customers (management API contract, 2.4).

mod export;
mod list;
mod parse;
mod password;
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
pub use view::UserView;

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths())]
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

/// `POST /users`.
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

/// `GET /users/:id`.
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::USER_READ)?;
    let record = customer::show_record(&service, caller.actor(), CustomerId(id)).await?;
    answer::ok(&UserView::of_customer(&record))
}

/// `PATCH /users/:id`.
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

/// `DELETE /users/:id`: the licenses stay and lose their user.
async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::USER_WRITE)?;
    customer::delete(&service, caller.actor(), CustomerId(id)).await?;
    Ok(answer::no_content())
}

fn duplicate_email() -> ManagementError {
    let message = "Another user of this account has this e-mail address.";
    ManagementError::Conflict(ConflictCode::DuplicateEmail, message.to_owned())
}
