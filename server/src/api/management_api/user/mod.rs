//! `/users`: the licensed customers (management API contract, 2.4).

mod export;
mod parse;
mod password;
mod view;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::filter::{FieldKind, Filter, FilterField, FilterValue, ListRequest, Operator};
use domain::{CustomerId, Scope};
use service::customer::{self, Saved};
use service::{Service, member};
use uuid::Uuid;

use super::access::Caller;
use super::answer;
use super::body::Body;
use super::error::{ConflictCode, ManagementError, Result};
use super::list::{List, ListQuery, ListTable};
use super::path::Id;
use super::query::QueryParameters;
pub use view::UserView;

/// The filter that tells customers and members apart.
const USER_TYPE: &str = "userType";
const ORGANIZATION_ID: &str = "organizationId";

static OF_ORGANIZATION: FilterField = FilterField::id(ORGANIZATION_ID);

static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::new("email", FieldKind::Email),
        FilterField::text("name"),
        FilterField::text("company"),
        FilterField::text("role"),
        FilterField::new(USER_TYPE, FieldKind::Enumeration(&["user", "admin"])),
        FilterField::text("tag"),
        FilterField::text("tags"),
        FilterField::new("metadata.key", FieldKind::PairKey),
        FilterField::new("metadata.value", FieldKind::PairValue),
        FilterField::id("productId"),
        FilterField::text("activation.appVersion"),
        FilterField::id(ORGANIZATION_ID),
        FilterField::time("lastSeenAt"),
    ],
    sorts: &["name", "email"],
    parameters: &[],
};

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/users", get(list).post(create))
        .route("/users/export", get(export::export))
        .route("/users/{id}", get(show).patch(change).delete(delete))
        .route("/users/{id}/reset-password-token", post(password::request_reset))
        .route("/users/{id}/reset-password", post(password::reset))
        .route("/users/{id}/update-password", post(password::update))
}

/// `GET /users`: customers, or the team with `userType=admin`.
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::USER_READ)?;
    let list = query.parse(&TABLE)?;
    let (asks_for_members, request) = split_user_type(&list.request);
    if !asks_for_members {
        return answer_customers(&service, &caller, &list, &request).await;
    }
    let page = member::list_records(&service, caller.actor(), &request).await?;
    list.answer(&page.map(|record| UserView::of_member(&record)))
}

async fn answer_customers(
    service: &Service,
    caller: &Caller,
    list: &List,
    request: &ListRequest,
) -> Result<Response> {
    let page = customer::list_records(service, caller.actor(), request).await?;
    list.answer(&page.map(|record| UserView::of_customer(&record)))
}

/// Answers with the customers of an organization, which the caller has found.
pub(super) async fn list_of_organization(
    service: &Service,
    caller: &Caller,
    organization: Uuid,
    query: &ListQuery,
) -> Result<Response> {
    let list = query.parse(&TABLE)?;
    let (_, mut request) = split_user_type(&list.request);
    request.filters.push(Filter {
        field: &OF_ORGANIZATION,
        operator: Operator::Equal,
        values: vec![FilterValue::Id(organization)],
    });
    answer_customers(service, caller, &list, &request).await
}

/// Takes the filter of the user's type out of a request, and returns whether it asks for members.
fn split_user_type(request: &ListRequest) -> (bool, ListRequest) {
    let is_admin = |value: &FilterValue| matches!(value, FilterValue::Text(word) if word == "admin");
    let asks = |filter: &Filter| match filter.operator {
        Operator::NotEqual | Operator::NotIn => filter.values.iter().all(|value| !is_admin(value)),
        _ => !filter.values.is_empty() && filter.values.iter().all(is_admin),
    };
    let mut request = request.clone();
    let of_type = request.filters.iter().filter(|filter| filter.field.name == USER_TYPE);
    let asks_for_members = of_type.clone().count() > 0 && of_type.clone().all(asks);
    request.filters.retain(|filter| filter.field.name != USER_TYPE);
    (asks_for_members, request)
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
