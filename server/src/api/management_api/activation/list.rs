//! The lists of machines.

use axum::extract::State;
use axum::response::Response;
use domain::filter::{FieldKind, Filter, FilterField, FilterValue, Folding, Operator};
use domain::{ActivationId, OrganizationId, Scope};
use service::machine_activation::{self, Included};
use service::{Service, organization};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::object::ActivationView;
use super::schema::IncludeParameter;
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::document::list_parameters;
use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::list::{ListQuery, ListTable};
use crate::api::management_api::path::Id;
use crate::api::management_api::query::QueryParameters;

static OF_ORGANIZATION: FilterField = FilterField::id("organizationId");

pub(super) static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::id("productId"),
        FilterField::id("licenseId"),
        FilterField::new("license.key", FieldKind::Key),
        FilterField::id("userId"),
        FilterField::id("organizationId"),
        FilterField::in_any_case("os"),
        FilterField::in_any_case("hostname"),
        FilterField::in_any_case("releaseVersion"),
        FilterField::in_any_case("appVersion"),
        FilterField::in_any_case("location.countryCode"),
        FilterField::time("lastSyncedAt"),
        FilterField::new("metadata.key", FieldKind::PairKey(Folding::Lower)),
        FilterField::new("metadata.value", FieldKind::PairValue(Folding::Lower)),
    ],
    sorts: &["lastSyncedAt"],
    parameters: &["include"],
};

/// The parameters of the lists.
struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// Reads what is included: `include=user,organization`.
fn included(parameters: &QueryParameters) -> Result<Included> {
    let mut included = Included::default();
    for word in parameters.get("include").unwrap_or_default().split(',').map(str::trim) {
        match word.to_ascii_lowercase().as_str() {
            "" => {}
            "user" => included.user = true,
            "organization" => included.organization = true,
            _ => {
                return Err(ManagementError::Validation(
                    "The include parameter must be a list of user and organization.".to_owned(),
                ));
            }
        }
    }
    Ok(included)
}

/// List activations
///
/// The machines of all licenses. Domains are under `/v3/licenses/{id}/domains`.
#[utoipa::path(get, path = "/v3/activations", tag = "Activations", operation_id = "listActivations",
    security(("bearer" = ["activation:read"])),
    params(ListParameters, IncludeParameter),
    responses((status = 200, description = "A page of activations.", body = Vec<ActivationView>)))]
pub(super) async fn list(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::ACTIVATION_READ)?;
    let (list, included) = (query.parse(&TABLE)?, included(query.parameters())?);
    let page = machine_activation::list(&service, caller.actor(), &list.request, included).await?;
    list.answer(&page.map(ActivationView::from))
}

/// Show an activation
#[utoipa::path(get, path = "/v3/activations/{id}", tag = "Activations", operation_id = "showActivation",
    security(("bearer" = ["activation:read"])),
    params(("id" = uuid::Uuid, Path, description = "The activation's id, the token's `aid`."), IncludeParameter),
    responses((status = 200, description = "The activation.", body = ActivationView)))]
pub(super) async fn show(
    State(service): State<Service>,
    caller: Caller,
    parameters: QueryParameters,
    Id(id): Id,
) -> Result<Response> {
    caller.require(Scope::ACTIVATION_READ)?;
    let included = included(&parameters)?;
    let record = machine_activation::show(&service, caller.actor(), ActivationId(id), included).await?;
    answer::ok(&ActivationView::from(record))
}

/// List activations of an organization
///
/// The machines of the organization's licenses.
#[utoipa::path(get, path = "/v3/organizations/{id}/activations", tag = "Activations",
    operation_id = "listOrganizationActivations",
    security(("bearer" = ["organization:read", "activation:read"])),
    params(("id" = uuid::Uuid, Path, description = "The organization's id."), ListParameters, IncludeParameter),
    responses((status = 200, description = "A page of activations.", body = Vec<ActivationView>)))]
pub(super) async fn of_organization(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::ORGANIZATION_READ)?;
    caller.require(Scope::ACTIVATION_READ)?;
    let (mut list, included) = (query.parse(&TABLE)?, included(query.parameters())?);
    organization::show(&service, caller.actor(), OrganizationId(id)).await?;
    list.request.filters.push(Filter {
        field: &OF_ORGANIZATION,
        operator: Operator::Equal,
        values: vec![FilterValue::Id(id)],
    });
    let page = machine_activation::list(&service, caller.actor(), &list.request, included).await?;
    list.answer(&page.map(ActivationView::from))
}

/// List own activations
///
/// The machines of the user's own licenses, for the access token of a user. Needs no scope.
#[utoipa::path(get, path = "/v3/me/activations", tag = "Activations", operation_id = "listOwnActivations",
    security(("bearer" = [])),
    params(ListParameters),
    responses(
        (status = 200, description = "A page of activations.", body = Vec<ActivationView>),
        (status = 403, description = "The access token stands for no user."),
    ))]
pub(super) async fn own(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    let list = query.parse(&TABLE)?;
    if caller.customer().is_none() {
        let message = "This access token stands for no customer. Use /activations.";
        return Err(ManagementError::Forbidden(message.to_owned()));
    }
    let page = machine_activation::list_own(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(ActivationView::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn included_objects_are_named_in_any_case() {
        let included = |query: &str| included(&QueryParameters::parse(query)?);
        assert_eq!(included("").expect("none"), Included::default());
        let both = Included { user: true, organization: true };
        assert_eq!(included("include=User,%20organization").expect("both"), both);
        assert!(included("include=license").is_err());
    }
}
