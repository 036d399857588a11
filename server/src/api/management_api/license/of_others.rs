//! The licenses of an organization, and those of the customer who signed in.

use axum::extract::State;
use axum::response::Response;
use domain::filter::{Filter, FilterField, FilterValue, ListPage, Operator};
use domain::{OrganizationId, Scope};
use service::{Service, license, organization};

use super::filters::{ListParameters, OWN_TABLE, OwnListParameters, TABLE};
use super::input::key_view;
use super::object::{KeyView, LicenseObject};
use crate::api::management_api::access::Caller;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::ListQuery;
use crate::api::management_api::path::Id;

static ORGANIZATION_ID: FilterField = FilterField::id("organizationId");

/// List the licenses of an organization
///
/// Needs both scopes, because the list shows keys.
#[utoipa::path(get, path = "/v3/organizations/{id}/licenses", tag = "Licenses", operation_id = "listOrganizationLicenses",
    security(("bearer" = ["organization:read", "license:read"])),
    params(
        ("id" = Uuid, Path, description = "The organization's id."),
        ListParameters,
    ),
    responses((status = 200, description = "A page of licenses.", body = Vec<LicenseObject>)))]
pub(super) async fn of_organization(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::ORGANIZATION_READ)?;
    caller.require(Scope::LICENSE_READ)?;
    let list = query.parse(&TABLE)?;
    organization::show(&service, caller.actor(), OrganizationId(id)).await?;
    let mut request = list.request.clone();
    request.filters.push(Filter {
        field: &ORGANIZATION_ID,
        operator: Operator::Equal,
        values: vec![FilterValue::Id(id)],
    });
    let page = license::list_records(&service, caller.actor(), &request).await?;
    let key = key_view(&caller);
    list.answer(&page.map(|record| LicenseObject::new(record, key)))
}

/// List the licenses of the signed-in user
///
/// Shows the keys in clear, and the metadata and meters that the user may see.
/// A member of the team or an API token holds no license.
#[utoipa::path(get, path = "/v3/me/licenses", tag = "Licenses", operation_id = "listOwnLicenses",
    security(("bearer" = [])),
    params(OwnListParameters),
    responses((status = 200, description = "A page of licenses.", body = Vec<LicenseObject>)))]
pub(super) async fn own(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    let list = query.parse(&OWN_TABLE)?;
    if caller.customer().is_none() {
        let none: Vec<LicenseObject> = Vec::new();
        return list.answer(&ListPage::of_all(none, &list.request));
    }
    let page = license::list_own_records(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(|record| LicenseObject::new(record, KeyView::Clear)))
}
