//! `/tags`: words by which a seller groups customers and licenses (management API contract, 2.12).

mod schema;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::filter::FilterField;
use domain::tag::{TagDescription, TagName};
use domain::{FieldError, Scope, TagId};
use serde::Serialize;
use service::tag::{self, NewTag, Saved, TagChange, TagRecord};
use service::{Error, Service};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::access::Caller;
use super::answer::{self, Time};
use super::body::Body;
use super::document::list_parameters;
use super::error::{ConflictCode, ManagementError, Result};
use super::list::{ListItem, ListQuery, ListTable};
use super::path::Id;
use schema::{NewTag as NewTagBody, TagChange as TagChangeBody};

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 1024;

static TABLE: ListTable =
    ListTable { fields: &[FilterField::in_any_case("name")], sorts: &["name"], parameters: &[] };

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
        .route("/tags", get(list).post(create))
        .route("/tags/{id}", get(show).patch(change).delete(delete))
}

/// A tag.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Tag)]
struct TagView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    /// Its name, unique in the account in any case.
    name: String,
    /// Its description, or an empty text.
    description: String,
}

impl From<TagRecord> for TagView {
    fn from(record: TagRecord) -> Self {
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.updated_at.into(),
            name: record.name,
            description: record.description,
        }
    }
}

impl ListItem for TagView {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// List tags
#[utoipa::path(get, path = "/v3/tags", tag = "Tags", operation_id = "listTags",
    security(("bearer" = ["tag:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of tags.", body = Vec<TagView>)))]
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::TAG_READ)?;
    let list = query.parse(&TABLE)?;
    let page = tag::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(TagView::from))
}

/// Create a tag
#[utoipa::path(post, path = "/v3/tags", tag = "Tags", operation_id = "createTag",
    security(("bearer" = ["tag:write"])),
    request_body = NewTagBody,
    responses((status = 201, description = "The tag.", body = TagView)))]
async fn create(State(service): State<Service>, caller: Caller, Body(fields): Body) -> Result<Response> {
    caller.require(Scope::TAG_WRITE)?;
    let name = parse_name(&fields.required_string("name", 1..=256)?)?;
    let description = fields.string("description", 0..=MAX_DESCRIPTION)?.value();
    let description = parse_description(&description.unwrap_or_default())?;
    match tag::create(&service, caller.actor(), NewTag { name, description }).await? {
        Saved::Saved(record) => answer::created(&format!("/v3/tags/{}", record.id), &TagView::from(*record)),
        Saved::DuplicateName => Err(duplicate_name()),
    }
}

/// Show a tag
#[utoipa::path(get, path = "/v3/tags/{id}", tag = "Tags", operation_id = "showTag",
    security(("bearer" = ["tag:read"])),
    params(("id" = Uuid, Path, description = "The tag's id.")),
    responses((status = 200, description = "The tag.", body = TagView)))]
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::TAG_READ)?;
    answer::ok(&TagView::from(tag::show(&service, caller.actor(), TagId(id)).await?))
}

/// Change a tag
///
/// Fields that are not given stay as they are.
#[utoipa::path(patch, path = "/v3/tags/{id}", tag = "Tags", operation_id = "changeTag",
    security(("bearer" = ["tag:write"])),
    params(("id" = Uuid, Path, description = "The tag's id.")),
    request_body = TagChangeBody,
    responses((status = 200, description = "The tag.", body = TagView)))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::TAG_WRITE)?;
    let name = match fields.string("name", 1..=256)?.change() {
        None => None,
        Some(None) => return Err(fields.error("name", "is required")),
        Some(Some(name)) => Some(parse_name(&name)?),
    };
    let description = fields.string("description", 0..=MAX_DESCRIPTION)?.change();
    let description = description.map(|text| parse_description(&text.unwrap_or_default())).transpose()?;
    match tag::update(&service, caller.actor(), TagId(id), TagChange { name, description }).await? {
        Saved::Saved(record) => answer::ok(&TagView::from(*record)),
        Saved::DuplicateName => Err(duplicate_name().in_update()),
    }
}

/// Delete a tag
///
/// Takes it off all users and licenses.
#[utoipa::path(delete, path = "/v3/tags/{id}", tag = "Tags", operation_id = "deleteTag",
    security(("bearer" = ["tag:write"])),
    params(("id" = Uuid, Path, description = "The tag's id.")),
    responses((status = 204, description = "The tag is deleted.")))]
async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::TAG_WRITE)?;
    tag::delete(&service, caller.actor(), TagId(id)).await?;
    Ok(answer::no_content())
}

fn parse_name(name: &str) -> Result<TagName> {
    TagName::parse("name", name).map_err(|error: FieldError| Error::from(error).into())
}

fn parse_description(text: &str) -> Result<Option<TagDescription>> {
    TagDescription::optional("description", text).map_err(|error: FieldError| Error::from(error).into())
}

fn duplicate_name() -> ManagementError {
    let message = "Another tag of this account has this name.";
    ManagementError::Conflict(ConflictCode::DuplicateName, message.to_owned())
}
