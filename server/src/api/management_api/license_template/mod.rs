//! `/license-templates`, also as `/license-policies` (management API contract, 2.2).

mod input;
mod object;

pub(super) use object::TemplateObject;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::filter::FilterField;
use domain::{LicenseTemplateId, Scope};
use service::{Error, Service, license_template};
use utoipa::OpenApi;

use super::access::Caller;
use super::answer;
use super::body::Body;
use super::error::{ConflictCode, ManagementError, Result};
use super::list::{ListQuery, ListTable};
use super::path::Id;
use super::query::QueryParameters;
use input::read;

static TABLE: ListTable =
    ListTable { fields: &[FilterField::text("name")], sorts: &["name"], parameters: &[] };

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths())]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    ["/license-templates", "/license-policies"].into_iter().fold(Router::new(), |router, path| {
        router
            .route(path, get(list).post(create))
            .route(&format!("{path}/{{id}}"), get(show).patch(change).delete(delete))
    })
}

/// `GET /license-templates`.
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::LICENSE_TEMPLATE_READ)?;
    let list = query.parse(&TABLE)?;
    let page = license_template::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(|record| TemplateObject::new(&record)))
}

/// `GET /license-templates/:id`.
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::LICENSE_TEMPLATE_READ)?;
    let record = license_template::show(&service, caller.actor(), LicenseTemplateId(id)).await?;
    answer::ok(&TemplateObject::new(&record))
}

/// `POST /license-templates`.
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

/// `PATCH /license-templates/:id`.
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

/// `DELETE /license-templates/:id`.
async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::LICENSE_TEMPLATE_WRITE)?;
    match license_template::delete(&service, caller.actor(), LicenseTemplateId(id)).await {
        Err(Error::Conflict(message)) => Err(ManagementError::Conflict(ConflictCode::ResourceInUse, message)),
        deleted => deleted.map(|()| answer::no_content()).map_err(ManagementError::from),
    }
}
