//! `/tags`: words by which a seller groups customers and licenses (management API contract, 2.12).

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
use uuid::Uuid;

use super::access::Caller;
use super::answer::{self, Time};
use super::body::Body;
use super::error::{ConflictCode, ManagementError, Result};
use super::list::{ListItem, ListQuery, ListTable};
use super::path::Id;

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 1024;

static TABLE: ListTable =
    ListTable { fields: &[FilterField::text("name")], sorts: &["name"], parameters: &[] };

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/tags", get(list).post(create))
        .route("/tags/{id}", get(show).patch(change).delete(delete))
}

/// A tag.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TagView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    name: String,
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

/// `GET /tags`.
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::TAG_READ)?;
    let list = query.parse(&TABLE)?;
    let page = tag::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(TagView::from))
}

/// `POST /tags`.
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

/// `GET /tags/:id`.
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::TAG_READ)?;
    answer::ok(&TagView::from(tag::show(&service, caller.actor(), TagId(id)).await?))
}

/// `PATCH /tags/:id`.
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

/// `DELETE /tags/:id`: takes the tag off everything.
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
