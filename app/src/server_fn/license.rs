//! Server functions of licenses.

use domain::event::Event;
use domain::view::{LicenseQuery, LicenseRow, MailStatus, Page};
use domain::{ActivationId, CustomerId, LicenseId, OrganizationId, TagId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::audit::ChangedObject;

use crate::UiError;
use crate::context;
use crate::form;
use crate::form::{IssueForm, LimitsForm, SearchForm};

/// The data of the page after the set-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WelcomePage {
    /// The first license's key.
    pub key: String,
    /// The public base URL of this instance.
    pub origin: String,
}

/// The data of the page after several licenses were issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedPage {
    /// The product's name.
    pub product: String,
    /// The customer's id, and the name or else the address.
    pub customer: Option<(CustomerId, String)>,
    /// The keys in clear.
    pub keys: Vec<String>,
    /// The mail with the keys, if one was asked for.
    pub mail: Option<MailStatus>,
}

/// Returns a page of the account's licenses.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "licenses")]
pub async fn licenses(query: LicenseQuery) -> Result<Page<LicenseRow>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license::list(&service, &actor, &query).await.map_err(context::to_ui_error)
}

/// The names of what a list of licenses is filtered by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerNames {
    /// The name or address of the customer.
    pub customer: Option<String>,
    /// The name of the organization.
    pub organization: Option<String>,
    /// The name of the tag.
    pub tag: Option<String>,
}

/// Returns the names of the customer, the organization and the tag whose licenses a list shows.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "filter_names")]
pub async fn filter_names(
    customer: Option<CustomerId>,
    organization: Option<OrganizationId>,
    tag: Option<TagId>,
) -> Result<OwnerNames, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let mut names = OwnerNames::default();
    if let Some(id) = customer {
        let found = service::license::customer_name(&service, &actor, id).await;
        names.customer = found.map_err(context::to_ui_error)?;
    }
    if let Some(id) = organization {
        let found = service::organization::name_of(&service, &actor, id).await;
        names.organization = found.map_err(context::to_ui_error)?;
    }
    if let Some(id) = tag {
        names.tag = service::tag::name_of(&service, &actor, id).await.map_err(context::to_ui_error)?;
    }
    Ok(names)
}

/// Searches licenses. A license key in the search leads to its license; any other search leads to the
/// list. The form is posted, so that no key gets into a URL.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "search_licenses")]
pub async fn search_licenses(#[server(flatten)] form: SearchForm) -> Result<(), UiError> {
    use service::license::KeyInText;
    let (service, actor) = (context::service()?, context::actor()?);
    let found = service::license::find_in_text(&service, &actor, form.search())
        .await
        .map_err(context::to_ui_error)?;
    let url = match found {
        KeyInText::License(id) => format!("/licenses/{id}"),
        KeyInText::Unknown { last_four } => {
            form::url_of_query(&LicenseQuery { search: last_four, ..form.query() })
        }
        KeyInText::None => form::url_of_query(&form.query()),
    };
    context::redirect(&url);
    Ok(())
}

/// Returns the first license's key after the set-up.
///
/// # Errors
/// Returns `not_found` if the license does not exist.
#[server(prefix = "/_fn", endpoint = "welcome")]
pub async fn welcome(id: String) -> Result<WelcomePage, UiError> {
    let (request, actor) = (context::request()?, context::actor()?);
    let id: LicenseId = context::parse_id(&id)?;
    context::mark_secret();
    let key =
        service::license::reveal_key(&request.service, &actor, id).await.map_err(context::to_ui_error)?;
    Ok(WelcomePage { key: key.expose().to_owned(), origin: request.origin })
}

/// Issues licenses. Redirects to the license's page, or to the page of all keys if several were issued.
/// A form that is submitted twice counts once.
///
/// # Errors
/// Returns `invalid` for an invalid field, and for another name of a known address.
#[server(prefix = "/_fn", endpoint = "issue_license")]
pub async fn issue_license(#[server(flatten)] form: IssueForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let new = form.parse(service.now()).map_err(context::validation_error)?;
    let issued = service::license::issue(&service, &actor, new).await.map_err(context::to_ui_error)?;
    if !issued.is_empty() {
        context::store_issued_licenses(issued.iter().map(|license| license.id)).await?;
    }
    match issued.as_slice() {
        [license] => context::redirect(&format!("/licenses/{}?reveal=1", license.id)),
        _ => context::redirect("/licenses/issued"),
    }
    Ok(())
}

/// Returns the licenses that this session issued last, with their keys in clear. Empty an hour later.
///
/// # Errors
/// Returns `forbidden` if the role may not reveal keys.
#[server(prefix = "/_fn", endpoint = "issued_licenses")]
pub async fn issued_licenses() -> Result<IssuedPage, UiError> {
    let (request, actor) = (context::request()?, context::actor()?);
    // The keys in clear.
    context::mark_secret();
    let now = request.service.now();
    let ids = context::issued_licenses(&request.session, now).await.map_err(context::to_ui_error)?;
    let issued =
        service::license::reveal_keys(&request.service, &actor, &ids).await.map_err(context::to_ui_error)?;
    let first = issued.first();
    let customer = first.and_then(|license| {
        let name = license.customer_name.clone().or(license.customer_email.clone())?;
        Some((license.customer?, name))
    });
    let mail = match first {
        Some(license) => service::mail::of_license(&request.service, &actor, license.id)
            .await
            .map_err(context::to_ui_error)?,
        None => None,
    };
    Ok(IssuedPage {
        product: first.map(|license| license.product.clone()).unwrap_or_default(),
        customer,
        keys: issued.iter().map(|license| license.key.expose().to_owned()).collect(),
        mail,
    })
}

/// Suspends a license.
///
/// # Errors
/// Returns an error if the license cannot be suspended.
#[server(prefix = "/_fn", endpoint = "suspend_license")]
pub async fn suspend_license(id: LicenseId, reason: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let reason = form::parse_reason(&reason).map_err(context::validation_error)?;
    service::license::suspend(&service, &actor, id, reason).await.map_err(context::to_ui_error)
}

/// Reinstates a license.
///
/// # Errors
/// Returns an error if the license is not suspended.
#[server(prefix = "/_fn", endpoint = "reinstate_license")]
pub async fn reinstate_license(id: LicenseId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license::reinstate(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Revokes a license.
///
/// # Errors
/// Returns an error if the license is already revoked.
#[server(prefix = "/_fn", endpoint = "revoke_license")]
pub async fn revoke_license(id: LicenseId, reason: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let reason = form::parse_reason(&reason).map_err(context::validation_error)?;
    service::license::revoke(&service, &actor, id, reason).await.map_err(context::to_ui_error)
}

/// Undoes the revocation of a license.
///
/// # Errors
/// Returns an error if the license is not revoked, or the role does not allow it.
#[server(prefix = "/_fn", endpoint = "undo_revocation")]
pub async fn undo_revocation(id: LicenseId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license::undo_revocation(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Renews a license: extends the expiry by a period, sets it to a date, or removes it. A form that is
/// submitted twice counts once.
///
/// # Errors
/// Returns an error if a field is invalid or the license is revoked, and `changed` if an expiry is set and another
/// member changed it since the form was rendered.
#[server(prefix = "/_fn", endpoint = "renew_license")]
pub async fn renew_license(
    id: LicenseId,
    expiry: String,
    expires_at: String,
    #[server(default)] expires_at_was: String,
    form_token: Option<String>,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let renewal =
        form::parse_renewal(&expiry, &expires_at, service.now()).map_err(context::validation_error)?;
    let (shown, token) = (form::parse_shown_expiry(&expires_at_was), form_token.as_deref());
    match service::license::renew_shown(&service, &actor, id, renewal, shown, token).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let (object, events) = (ChangedObject::License(id), [Event::LicenseRenewed]);
            Err(context::to_conflict_error(error, object, &events).await)
        }
    }
}

/// Changes the limits of a license that differ from the values when the form was rendered.
///
/// # Errors
/// Returns an error if a limit is not a number or the license is revoked, and `changed` for a limit that another
/// member changed since the form was rendered.
#[server(prefix = "/_fn", endpoint = "change_limit")]
pub async fn change_limit(id: LicenseId, #[server(flatten)] form: LimitsForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let change = form.parse().map_err(context::validation_error)?;
    match service::license::change_shown_limits(&service, &actor, id, change).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let (object, events) = (ChangedObject::License(id), [Event::LicenseLimitChanged]);
            Err(context::to_conflict_error(error, object, &events).await)
        }
    }
}

/// Releases an activation and frees its slot.
///
/// # Errors
/// Returns `not_found` if the activation does not exist any more.
#[server(prefix = "/_fn", endpoint = "free_activation")]
pub async fn free_activation(license: LicenseId, activation: ActivationId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::activation::free(&service, &actor, license, activation).await.map_err(context::to_ui_error)
}
