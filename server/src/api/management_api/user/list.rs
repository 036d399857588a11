//! The lists of users.

use axum::extract::State;
use axum::response::Response;
use domain::filter::{FieldKind, Filter, FilterField, FilterValue, Folding, ListRequest, Operator};
use domain::{OrganizationId, Scope};
use service::{Service, customer, member, organization};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::view::UserView;
use crate::api::management_api::access::Caller;
use crate::api::management_api::document::list_parameters;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::{List, ListQuery, ListTable};
use crate::api::management_api::path::Id;

/// The filter that tells customers and members apart.
pub(super) const USER_TYPE: &str = "userType";
const ORGANIZATION_ID: &str = "organizationId";

static OF_ORGANIZATION: FilterField = FilterField::id(ORGANIZATION_ID);

pub(super) static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::new("email", FieldKind::Email),
        FilterField::in_any_case("name"),
        FilterField::in_any_case("company"),
        FilterField::in_any_case("role"),
        FilterField::new(USER_TYPE, FieldKind::Enumeration(&["user", "admin"])),
        FilterField::in_any_case("tag"),
        FilterField::in_any_case("tags"),
        FilterField::new("metadata.key", FieldKind::PairKey(Folding::Lower)),
        FilterField::new("metadata.value", FieldKind::PairValue(Folding::Lower)),
        FilterField::id("productId"),
        FilterField::in_any_case("activation.appVersion"),
        FilterField::id(ORGANIZATION_ID),
        FilterField::time("lastSeenAt"),
    ],
    sorts: &["name", "email"],
    parameters: &[],
};

/// The parameters of the list.
struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// The parameters of an organization's list, which has customers alone.
struct OfOrganizationParameters;

impl IntoParams for OfOrganizationParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = list_parameters(&TABLE);
        parameters.retain(|parameter| parameter.name != USER_TYPE);
        parameters
    }
}

/// List users
///
/// Lists the customers. With `userType=admin` it lists the members of the team in the same form.
#[utoipa::path(get, path = "/v3/users", tag = "Users", operation_id = "listUsers",
    security(("bearer" = ["user:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of users.", body = Vec<UserView>)))]
pub(super) async fn list(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
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

/// List the users of an organization
#[utoipa::path(get, path = "/v3/organizations/{id}/users", tag = "Users",
    operation_id = "listOrganizationUsers",
    security(("bearer" = ["organization:read", "user:read"])),
    params(("id" = Uuid, Path, description = "The organization's id."), OfOrganizationParameters),
    responses((status = 200, description = "A page of users.", body = Vec<UserView>)))]
pub(super) async fn of_organization(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::ORGANIZATION_READ)?;
    caller.require(Scope::USER_READ)?;
    let list = query.parse(&TABLE)?;
    organization::show(&service, caller.actor(), OrganizationId(id)).await?;
    let (_, mut request) = split_user_type(&list.request);
    request.filters.push(Filter {
        field: &OF_ORGANIZATION,
        operator: Operator::Equal,
        values: vec![FilterValue::Id(id)],
    });
    answer_customers(&service, &caller, &list, &request).await
}

/// Takes the filter of the user's type out of a request, and returns whether it asks for members.
pub(super) fn split_user_type(request: &ListRequest) -> (bool, ListRequest) {
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
