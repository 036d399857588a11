//! Server functions of organizations.

use domain::OrganizationId;
use domain::organization::OrganizationInput;
use domain::view::{OrganizationPage, OrganizationQuery, OrganizationView};
use leptos::prelude::*;

use crate::UiError;
use crate::context;
use crate::form;

/// Returns a page of the account's organizations.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "organizations")]
pub async fn organizations(query: OrganizationQuery) -> Result<OrganizationPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::organization::page(&service, &actor, &query).await.map_err(context::to_ui_error)
}

/// Returns an organization.
///
/// # Errors
/// Returns `not_found` if the organization does not exist.
#[server(prefix = "/_fn", endpoint = "organization")]
pub async fn organization(id: String) -> Result<OrganizationView, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: OrganizationId = context::parse_id(&id)?;
    service::organization::view(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Searches organizations. A license key in the search leads to its license. The form is posted, so that no key gets
/// into a URL.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "search_organizations")]
pub async fn search_organizations(q: String) -> Result<(), UiError> {
    use service::license::KeyInText;
    let (service, actor) = (context::service()?, context::actor()?);
    let found = service::license::find_in_text(&service, &actor, &q).await.map_err(context::to_ui_error)?;
    let search = match found {
        KeyInText::License(id) => {
            context::redirect(&format!("/licenses/{id}"));
            return Ok(());
        }
        KeyInText::Unknown { last_four } => last_four,
        KeyInText::None => q.trim().to_owned(),
    };
    context::redirect(&form::url_of_organization_query(&OrganizationQuery { search, after: None }));
    Ok(())
}

/// Makes an organization and leads to its page.
///
/// # Errors
/// Returns `invalid` for an invalid field, and for a name that another organization has.
#[server(prefix = "/_fn", endpoint = "create_organization")]
pub async fn create_organization(#[server(flatten)] form: OrganizationInput) -> Result<(), UiError> {
    use service::organization::{Saved, create};
    let (service, actor) = (context::service()?, context::actor()?);
    let new = form.parse().map_err(context::validation_error)?;
    match create(&service, &actor, new.into()).await.map_err(context::to_ui_error)? {
        Saved::Saved(record) => {
            context::redirect(&format!("/organizations/{}", record.id));
            Ok(())
        }
        Saved::DuplicateName => Err(context::validation_error(vec![form::name_in_use()])),
    }
}

/// Changes an organization.
///
/// # Errors
/// Returns `invalid` for an invalid field, and for a name that another organization has.
#[server(prefix = "/_fn", endpoint = "update_organization")]
pub async fn update_organization(
    id: OrganizationId,
    shown: Option<String>,
    #[server(flatten)] form: OrganizationInput,
) -> Result<(), UiError> {
    use service::organization::{Saved, update};
    let (service, actor) = (context::service()?, context::actor()?);
    form.parse().map_err(context::validation_error)?;
    let shown = shown.and_then(|shown| serde_json::from_str::<OrganizationInput>(&shown).ok());
    let updated = update(&service, &actor, id, |stored| {
        form.edit(shown.as_ref(), stored.into()).parse().map_err(service::Error::Invalid)
    })
    .await;
    match updated.map_err(context::to_ui_error)? {
        Saved::Saved(_) => Ok(()),
        Saved::DuplicateName => Err(context::validation_error(vec![form::name_in_use()])),
    }
}

/// Deletes an organization and leads to the list.
///
/// # Errors
/// Returns `not_found` if the organization does not exist.
#[server(prefix = "/_fn", endpoint = "delete_organization")]
pub async fn delete_organization(id: OrganizationId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::organization::delete(&service, &actor, id).await.map_err(context::to_ui_error)?;
    context::redirect("/organizations");
    Ok(())
}

/// Returns names of organizations that a form suggests.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "organization_names")]
pub async fn organization_names() -> Result<Vec<String>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::organization::names(&service, &actor).await.map_err(context::to_ui_error)
}
