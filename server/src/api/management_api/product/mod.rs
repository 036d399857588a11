//! `/products` (management API contract, 2.3).

mod object;

pub(super) use object::ProductObject;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::bounded_text::Name;
use domain::filter::{FieldKind, FilterField};
use domain::{LicenseTemplateId, ProductId, Scope, TrialPolicyId};
use service::product::{self, ProductRefusal, ProductTerms};
use service::{Error, Service};

use super::access::Caller;
use super::answer;
use super::body::{Body, Fields};
use super::error::{ConflictCode, ManagementError, Result};
use super::license::read_metadata;
use super::list::{ListQuery, ListTable};
use super::path::Text;
use super::query::QueryParameters;

static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::text("name"),
        FilterField::text("displayName"),
        FilterField::new("metadata.key", FieldKind::PairKey),
        FilterField::new("metadata.value", FieldKind::PairValue),
    ],
    sorts: &["name"],
    parameters: &[],
};

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/products", get(list).post(create))
        .route("/products/{id}", get(show).patch(change).delete(delete))
}

/// `GET /products`.
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::PRODUCT_READ)?;
    let list = query.parse(&TABLE)?;
    let page = product::list_records(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(|record| ProductObject::new(&record)))
}

/// `GET /products/:id`, where the slug is taken too.
async fn show(State(service): State<Service>, caller: Caller, Text(text): Text) -> Result<Response> {
    caller.require(Scope::PRODUCT_READ)?;
    let id = product::find_by_id_or_slug(&service, caller.actor(), &text).await?;
    let record = product::show_record(&service, caller.actor(), id).await?;
    answer::ok(&ProductObject::new(&record))
}

/// `POST /products`.
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

/// `PATCH /products/:id`.
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

/// `DELETE /products/:id`.
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
    let name = fields.string("name", 1..=120)?.value();
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
