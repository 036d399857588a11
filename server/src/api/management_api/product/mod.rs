//! `/products` (management API contract, 2.3).

mod object;
mod schema;

pub(super) use object::ProductObject;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::bounded_text::Name;
use domain::filter::{FieldKind, FilterField, Folding};
use domain::{LicenseTemplateId, ProductId, Scope, TrialPolicyId};
use service::product::{self, ProductRefusal, ProductTerms};
use service::{Error, Service};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, OpenApi};

use super::access::Caller;
use super::answer;
use super::body::{Body, Fields};
use super::document::list_parameters;
use super::error::{ConflictCode, ManagementError, Result};
use super::license::read_metadata;
use super::list::{ListQuery, ListTable};
use super::path::Text;
use super::query::QueryParameters;
use schema::{NewProduct, ProductChange};

static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::text("name"),
        FilterField::text("displayName"),
        FilterField::new("metadata.key", FieldKind::PairKey(Folding::Ascii)),
        FilterField::new("metadata.value", FieldKind::PairValue(Folding::Ascii)),
    ],
    sorts: &["name"],
    parameters: &[],
};

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
    Router::new()
        .route("/products", get(list).post(create))
        .route("/products/{id}", get(show).patch(change).delete(delete))
}

/// List products
#[utoipa::path(get, path = "/v3/products", tag = "Products", operation_id = "listProducts",
    security(("bearer" = ["product:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of products.", body = Vec<ProductObject>)))]
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::PRODUCT_READ)?;
    let list = query.parse(&TABLE)?;
    let page = product::list_records(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(|record| ProductObject::new(&record)))
}

/// Show a product
#[utoipa::path(get, path = "/v3/products/{id}", tag = "Products", operation_id = "showProduct",
    security(("bearer" = ["product:read"])),
    params(("id" = String, Path, description = "The product's id or slug.")),
    responses((status = 200, description = "The product.", body = ProductObject)))]
async fn show(State(service): State<Service>, caller: Caller, Text(text): Text) -> Result<Response> {
    caller.require(Scope::PRODUCT_READ)?;
    let id = product::find_by_id_or_slug(&service, caller.actor(), &text).await?;
    let record = product::show_record(&service, caller.actor(), id).await?;
    answer::ok(&ProductObject::new(&record))
}

/// Create a product
///
/// Only the name is required. Without a template one is made with the product.
#[utoipa::path(post, path = "/v3/products", tag = "Products", operation_id = "createProduct",
    security(("bearer" = ["product:write"])),
    params(("import" = Option<bool>, Query, description = "Whether `id`, `createdAt` and `updatedAt` are read, for a move from another system.")),
    request_body = NewProduct,
    responses(
        (status = 201, description = "The product.", body = ProductObject),
        (status = 400, description = "A field is missing or wrong, or `licenseTemplateId` names no template of the account. `code` gives the reason."),
    ))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    query: QueryParameters,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::PRODUCT_WRITE)?;
    let terms = read(fields.clone(), query.switch("import")?)?;
    if terms.name.is_none() {
        return Err(fields.error("name", "is required"));
    }
    let created = product::create_by_program(&service, caller.actor(), &terms).await?;
    let record = created.map_err(refusal)?;
    answer::created(&format!("/v3/products/{}", record.id), &ProductObject::new(&record))
}

/// Change a product
///
/// Fields that are not given stay as they are.
#[utoipa::path(patch, path = "/v3/products/{id}", tag = "Products", operation_id = "changeProduct",
    security(("bearer" = ["product:write"])),
    params(("id" = String, Path, description = "The product's id or slug.")),
    request_body = ProductChange,
    responses(
        (status = 200, description = "The product.", body = ProductObject),
        (status = 400, description = "A field is missing or wrong, or `licenseTemplateId` names no template of the account. `code` gives the reason."),
    ))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Text(text): Text,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::PRODUCT_WRITE)?;
    let id = product::find_by_id_or_slug(&service, caller.actor(), &text).await?;
    let change = read(fields, false)?;
    let record = product::edit_by_program(&service, caller.actor(), id, &change).await?.map_err(refusal)?;
    answer::ok(&ProductObject::new(&record))
}

/// Delete a product
#[utoipa::path(delete, path = "/v3/products/{id}", tag = "Products", operation_id = "deleteProduct",
    security(("bearer" = ["product:write"])),
    params(("id" = String, Path, description = "The product's id or slug.")),
    responses(
        (status = 204, description = "The product is deleted."),
        (status = 409, description = "The product has licenses."),
    ))]
async fn delete(State(service): State<Service>, caller: Caller, Text(text): Text) -> Result<Response> {
    caller.require(Scope::PRODUCT_WRITE)?;
    let id = product::find_by_id_or_slug(&service, caller.actor(), &text).await?;
    match product::delete(&service, caller.actor(), id).await {
        Err(Error::Conflict(message)) => Err(ManagementError::Conflict(ConflictCode::ResourceInUse, message)),
        deleted => deleted.map(|()| answer::no_content()).map_err(ManagementError::from),
    }
}

fn refusal(refusal: ProductRefusal) -> ManagementError {
    match refusal {
        ProductRefusal::UnknownTemplate => ManagementError::InvalidLicenseTemplateId,
        ProductRefusal::UnknownTrialPolicy => ManagementError::InvalidTrialPolicyId,
    }
}

/// Reads a product to make, or a change of one. Automated e-mails have no effect.
fn read(mut fields: Fields, imports: bool) -> Result<ProductTerms> {
    fields.alias("licensePolicyId", "licenseTemplateId");
    let text = |name: &str| Ok::<_, ManagementError>(fields.string(name, 1..=256)?.change_or_default());
    let name = fields.string("name", 1..=256)?.value();
    let name = name.map(|name| Name::parse("name", &name)).transpose();
    let (id, created_at, updated_at) = if imports {
        (fields.id("id")?.value(), fields.time("createdAt")?, fields.time("updatedAt")?)
    } else {
        (None, None, None)
    };
    Ok(ProductTerms {
        id: id.map(ProductId),
        created_at,
        updated_at,
        name: name.map_err(|error| ManagementError::Validation(error.message))?,
        display_name: text("displayName")?,
        description: text("description")?,
        template: fields.id("licenseTemplateId")?.value().map(LicenseTemplateId),
        trial_policy: fields.id("trialPolicyId")?.map(TrialPolicyId).change(),
        metadata: read_metadata(&fields)?,
    })
}
