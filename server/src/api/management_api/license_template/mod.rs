//! `/license-templates`, also as `/license-policies` (management API contract, 2.2).

mod input;
mod object;
mod schema;

pub(super) use object::TemplateObject;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::filter::FilterField;
use domain::{LicenseTemplateId, Scope};
use service::{Error, Service, license_template};
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
use input::read;
use schema::{LicenseTemplateChange, NewLicenseTemplate};

static TABLE: ListTable =
    ListTable { fields: &[FilterField::text("name")], sorts: &["name"], parameters: &[] };

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

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    ["/license-templates", "/license-policies"].into_iter().fold(Router::new(), |router, path| {
        router
            .route(path, get(list).post(create))
            .route(&format!("{path}/{{id}}"), get(show).patch(change).delete(delete))
    })
}

/// List license templates
#[utoipa::path(get, path = "/v3/license-templates", tag = "License templates", operation_id = "listLicenseTemplates",
    security(("bearer" = ["licenseTemplate:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of templates.", body = Vec<TemplateObject>)))]
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::LICENSE_TEMPLATE_READ)?;
    let list = query.parse(&TABLE)?;
    let page = license_template::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(|record| TemplateObject::new(&record)))
}

/// Show a license template
#[utoipa::path(get, path = "/v3/license-templates/{id}", tag = "License templates", operation_id = "showLicenseTemplate",
    security(("bearer" = ["licenseTemplate:read"])),
    params(("id" = Uuid, Path, description = "The template's id.")),
    responses((status = 200, description = "The template.", body = TemplateObject)))]
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::LICENSE_TEMPLATE_READ)?;
    let record = license_template::show(&service, caller.actor(), LicenseTemplateId(id)).await?;
    answer::ok(&TemplateObject::new(&record))
}

/// Create a license template
///
/// Only the name is required. The default is one machine, without an expiry.
#[utoipa::path(post, path = "/v3/license-templates", tag = "License templates", operation_id = "createLicenseTemplate",
    security(("bearer" = ["licenseTemplate:write"])),
    params(("import" = Option<bool>, Query, description = "Whether `id`, `createdAt` and `updatedAt` are read, for a move from another system.")),
    request_body = NewLicenseTemplate,
    responses((status = 201, description = "The template.", body = TemplateObject)))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    query: QueryParameters,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::LICENSE_TEMPLATE_WRITE)?;
    let new = read(&fields, None, query.switch("import")?)?;
    if new.name.is_none() {
        return Err(fields.error("name", "is required"));
    }
    let record = license_template::create(&service, caller.actor(), new).await?;
    answer::created(&format!("/v3/license-templates/{}", record.id), &TemplateObject::new(&record))
}

/// Change a license template
///
/// Fields that are not given stay as they are. Licenses without a rule of their own follow at once.
#[utoipa::path(patch, path = "/v3/license-templates/{id}", tag = "License templates", operation_id = "changeLicenseTemplate",
    security(("bearer" = ["licenseTemplate:write"])),
    params(("id" = Uuid, Path, description = "The template's id.")),
    request_body = LicenseTemplateChange,
    responses((status = 200, description = "The template.", body = TemplateObject)))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::LICENSE_TEMPLATE_WRITE)?;
    let id = LicenseTemplateId(id);
    let shown = license_template::show(&service, caller.actor(), id).await?;
    let change = read(&fields, Some(&shown), false)?;
    let record = license_template::update(&service, caller.actor(), id, &change).await?;
    answer::ok(&TemplateObject::new(&record))
}

/// Delete a license template
#[utoipa::path(delete, path = "/v3/license-templates/{id}", tag = "License templates", operation_id = "deleteLicenseTemplate",
    security(("bearer" = ["licenseTemplate:write"])),
    params(("id" = Uuid, Path, description = "The template's id.")),
    responses(
        (status = 204, description = "The template is deleted."),
        (status = 409, description = "A product or a license uses the template."),
    ))]
async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::LICENSE_TEMPLATE_WRITE)?;
    match license_template::delete(&service, caller.actor(), LicenseTemplateId(id)).await {
        Err(Error::Conflict(message)) => Err(ManagementError::Conflict(ConflictCode::ResourceInUse, message)),
        deleted => deleted.map(|()| answer::no_content()).map_err(ManagementError::from),
    }
}
