//! Server functions of tags.

use domain::TagId;
use domain::view::{TagPage, TagRow};
use leptos::prelude::*;

use crate::UiError;
use crate::context;
use crate::form;

/// Returns a page of the account's tags.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "tags")]
pub async fn tags(after: Option<TagId>) -> Result<TagPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::tag::page(&service, &actor, after).await.map_err(context::to_ui_error)
}

/// Returns a tag, for the form that changes it.
///
/// # Errors
/// Returns `not_found` if the tag does not exist.
#[server(prefix = "/_fn", endpoint = "tag")]
pub async fn tag(id: TagId) -> Result<TagRow, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::tag::row(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Makes a tag.
///
/// # Errors
/// Returns `invalid` for an invalid field, and for a name that another tag has.
#[server(prefix = "/_fn", endpoint = "create_tag")]
pub async fn create_tag(name: String, description: String) -> Result<(), UiError> {
    use service::tag::{NewTag, Saved, create};
    let (service, actor) = (context::service()?, context::actor()?);
    let (name, description) = form::parse_tag(&name, &description).map_err(context::validation_error)?;
    let created = create(&service, &actor, NewTag { name, description }).await;
    match created.map_err(context::to_ui_error)? {
        Saved::Saved(_) => Ok(()),
        Saved::DuplicateName => Err(context::validation_error(vec![form::tag_in_use()])),
    }
}

/// Renames and describes a tag, everywhere it is.
///
/// # Errors
/// Returns `invalid` for an invalid field, and for a name that another tag has.
#[server(prefix = "/_fn", endpoint = "update_tag")]
pub async fn update_tag(id: TagId, name: String, description: String) -> Result<(), UiError> {
    use service::tag::{Saved, TagChange, update};
    let (service, actor) = (context::service()?, context::actor()?);
    let (name, description) = form::parse_tag(&name, &description).map_err(context::validation_error)?;
    let change = TagChange { name: Some(name), description: Some(description) };
    match update(&service, &actor, id, change).await.map_err(context::to_ui_error)? {
        Saved::Saved(_) => Ok(()),
        Saved::DuplicateName => Err(context::validation_error(vec![form::tag_in_use()])),
    }
}

/// Deletes a tag, takes it off everything, and leads to the list.
///
/// # Errors
/// Returns `not_found` if the tag does not exist.
#[server(prefix = "/_fn", endpoint = "delete_tag")]
pub async fn delete_tag(id: TagId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::tag::delete(&service, &actor, id).await.map_err(context::to_ui_error)?;
    context::redirect("/tags");
    Ok(())
}

/// Returns names of tags that a form suggests.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "tag_names")]
pub async fn tag_names() -> Result<Vec<String>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::tag::names(&service, &actor).await.map_err(context::to_ui_error)
}
