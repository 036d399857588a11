//! Licenses.

use domain::view::{LicenseQuery, LicenseRow, LicenseView, Page, Timeline};
use domain::{ActivationId, AuditEntryId, LicenseId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
#[allow(unused_imports, reason = "used by bodies that the browser does not have")]
use crate::context;
#[allow(unused_imports, reason = "used by bodies that the browser does not have")]
use crate::form;
use crate::form::IssueForm;

/// A license's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicensePage {
    /// The license.
    pub license: LicenseView,
    /// What happened to it.
    pub timeline: Timeline,
    /// The key in clear, when it was asked for.
    pub key: Option<String>,
}

/// The page after the first run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WelcomePage {
    /// The first license's key.
    pub key: String,
    /// This instance's address.
    pub origin: String,
}

/// A page of the account's licenses.
///
/// # Errors
/// When nobody is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "licenses")]
pub async fn licenses(query: LicenseQuery) -> Result<Page<LicenseRow>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license::list(&service, &actor, &query).await.map_err(context::to_ui_error)
}

/// One license, with its key in clear if `reveal`, with the activations older than one,
/// and with what happened before something else.
///
/// # Errors
/// When it is not there, or the key may not be seen.
#[server(prefix = "/_fn", endpoint = "license")]
pub async fn license(
    id: String,
    reveal: bool,
    activations: Option<ActivationId>,
    timeline: Option<AuditEntryId>,
) -> Result<LicensePage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: LicenseId = id.parse().map_err(|_| context::to_ui_error(service::Error::NotFound))?;
    let license =
        service::license::show_from(&service, &actor, id, activations).await.map_err(context::to_ui_error)?;
    let timeline = service::license::timeline_from(&service, &actor, id, timeline)
        .await
        .map_err(context::to_ui_error)?;
    let key = if reveal {
        let key = service::license::reveal_key(&service, &actor, id).await.map_err(context::to_ui_error)?;
        Some(key.expose().to_owned())
    } else {
        None
    };
    Ok(LicensePage { license, timeline, key })
}

/// The first license, after the first run.
///
/// # Errors
/// When it is not there.
#[server(prefix = "/_fn", endpoint = "welcome")]
pub async fn welcome(id: String) -> Result<WelcomePage, UiError> {
    let (request, actor) = (context::request()?, context::actor()?);
    let id: LicenseId = id.parse().map_err(|_| context::to_ui_error(service::Error::NotFound))?;
    let key =
        service::license::reveal_key(&request.service, &actor, id).await.map_err(context::to_ui_error)?;
    Ok(WelcomePage { key: key.expose().to_owned(), origin: request.origin })
}

/// Issues a license and goes to its page, or several and goes to the list.
///
/// # Errors
/// When a field is at fault.
#[server(prefix = "/_fn", endpoint = "issue_license")]
pub async fn issue_license(#[server(flatten)] form: IssueForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let what = form.parse(service.now()).map_err(context::validation_error)?;
    let issued = service::license::issue(&service, &actor, what).await.map_err(context::to_ui_error)?;
    match issued.as_slice() {
        [one] => context::redirect(&format!("/licenses/{}?reveal=1", one.id)),
        _ => context::redirect("/licenses"),
    }
    Ok(())
}

/// Suspends a license.
///
/// # Errors
/// When it can't be suspended.
#[server(prefix = "/_fn", endpoint = "suspend_license")]
pub async fn suspend_license(id: LicenseId, reason: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let reason = form::parse_reason(&reason).map_err(context::validation_error)?;
    service::license::suspend(&service, &actor, id, reason).await.map_err(context::to_ui_error)
}

/// Reinstates a license.
///
/// # Errors
/// When it is not suspended.
#[server(prefix = "/_fn", endpoint = "reinstate_license")]
pub async fn reinstate_license(id: LicenseId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license::reinstate(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Revokes a license.
///
/// # Errors
/// When it is revoked already.
#[server(prefix = "/_fn", endpoint = "revoke_license")]
pub async fn revoke_license(id: LicenseId, reason: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let reason = form::parse_reason(&reason).map_err(context::validation_error)?;
    service::license::revoke(&service, &actor, id, reason).await.map_err(context::to_ui_error)
}

/// Moves a license's expiry: `extend` by days, to a date, or to never.
///
/// # Errors
/// When a field is at fault or the license is revoked.
#[server(prefix = "/_fn", endpoint = "renew_license")]
pub async fn renew_license(id: LicenseId, expiry: String, expires_at: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let current =
        service::license::show(&service, &actor, id).await.map_err(context::to_ui_error)?.expires_at;
    let expires_at = form::parse_renewal(&expiry, &expires_at, current, service.now())
        .map_err(context::validation_error)?;
    service::license::renew(&service, &actor, id, expires_at).await.map_err(context::to_ui_error)
}

/// Changes a license's limits, but for those that are what they were when the form was shown.
///
/// # Errors
/// When a limit is no number or the license is revoked.
#[server(prefix = "/_fn", endpoint = "change_limit")]
pub async fn change_limit(
    id: LicenseId,
    domain_limit: String,
    #[server(default)] domain_limit_was: Option<String>,
    machine_limit: String,
    #[server(default)] machine_limit_was: Option<String>,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let domains = form::TypedLimit { text: &domain_limit, was: domain_limit_was.as_deref() };
    let machines = form::TypedLimit { text: &machine_limit, was: machine_limit_was.as_deref() };
    let (domains, machines) = form::parse_limits(&domains, &machines).map_err(context::validation_error)?;
    let limits = service::license::NewLimits { domains, machines };
    service::license::change_limit(&service, &actor, id, limits).await.map_err(context::to_ui_error)
}

/// Frees the slot an activation holds.
///
/// # Errors
/// When it is not there any more.
#[server(prefix = "/_fn", endpoint = "free_activation")]
pub async fn free_activation(license: LicenseId, activation: ActivationId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::activation::free(&service, &actor, license, activation).await.map_err(context::to_ui_error)
}
