//! Server functions of a license's page: its data, and the actions that only this page offers.

use domain::event::Event;
use domain::tag::TagNames;
use domain::view::{
    ActivationCursors, AppAnswer, LicenseMail, LicenseView, MailStatus, Timeline, TimelineFilter,
};
use domain::{ActivationId, AppSubject, AuditEntryId, FieldError, KeyGrace, LicenseId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::audit::ChangedObject;

use crate::UiError;
use crate::context;
use crate::form;

/// The data of a license's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicensePage {
    /// The license.
    pub license: LicenseView,
    /// The timeline of audit entries.
    pub timeline: Timeline,
    /// The key in clear, if requested.
    pub key: Option<String>,
    /// The answer to an app for the domain or machine of the URL.
    pub answer: Option<AppAnswer>,
    /// The latest mail with the key.
    pub mail: Option<MailStatus>,
    /// The latest reminder and notice to the customer.
    pub notices: Vec<LicenseMail>,
    /// Whether this server sends mail.
    pub sends_mail: bool,
}

/// The choices of a license's URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LicenseParams {
    /// The license.
    pub id: String,
    /// Show the key in clear.
    pub reveal: bool,
    /// The positions in the lists of domains and machines.
    pub activations: ActivationCursors,
    /// The entries that the timeline contains.
    pub filter: TimelineFilter,
    /// The timeline continues after this entry.
    pub timeline: Option<AuditEntryId>,
    /// The domain or machine to answer for.
    pub check: Option<String>,
}

/// Returns the data of a license's page.
///
/// # Errors
/// Returns `not_found` if the license does not exist, and `forbidden` if the role may not reveal the key.
#[server(prefix = "/_fn", endpoint = "license")]
pub async fn load_license(params: LicenseParams) -> Result<LicensePage, UiError> {
    use service::license;
    let (service, actor) = (context::service()?, context::actor()?);
    let id: LicenseId = context::parse_id(&params.id)?;
    let license =
        license::show_from(&service, &actor, id, &params.activations).await.map_err(context::to_ui_error)?;
    let timeline = license::timeline_from(&service, &actor, id, params.filter, params.timeline)
        .await
        .map_err(context::to_ui_error)?;
    // The form's token, and the key in clear.
    context::mark_secret();
    let key = if params.reveal {
        let key = license::reveal_key(&service, &actor, id).await.map_err(context::to_ui_error)?;
        Some(key.expose().to_owned())
    } else {
        None
    };
    // A text of the URL that is neither a domain nor a machine is ignored.
    let subject = params.check.as_deref().and_then(|text| AppSubject::parse(text).ok());
    let answer = match subject {
        Some(subject) => {
            Some(license::check(&service, &actor, id, &subject).await.map_err(context::to_ui_error)?)
        }
        None => None,
    };
    let mail = service::mail::of_license(&service, &actor, id).await.map_err(context::to_ui_error)?;
    let notices =
        service::mail::notices_of_license(&service, &actor, id).await.map_err(context::to_ui_error)?;
    Ok(LicensePage { license, timeline, key, answer, mail, notices, sends_mail: service.sends_mail() })
}

/// Checks a text of a mail and leads to the answer that an app would get. The form is posted, so that a
/// license key that was pasted by mistake gets into no URL.
///
/// # Errors
/// Returns `invalid` if the text is a license key, or neither a domain nor a machine.
#[server(prefix = "/_fn", endpoint = "check_license")]
pub async fn check_license(id: LicenseId, subject: String) -> Result<(), UiError> {
    use service::license::{KeyInText, find_in_text};
    let (service, actor) = (context::service()?, context::actor()?);
    let found = find_in_text(&service, &actor, &subject).await.map_err(context::to_ui_error)?;
    let subject = AppSubject::parse(&subject).map_err(|e| context::validation_error(vec![e]))?;
    let is_key = match found {
        KeyInText::License(_) => true,
        // A fingerprint may look like a key: it is one if the machine is active here.
        KeyInText::Unknown { .. } => {
            let answer = service::license::check(&service, &actor, id, &subject).await;
            !answer.map_err(context::to_ui_error)?.is_active
        }
        KeyInText::None => false,
    };
    if is_key {
        let fault = FieldError::new("subject", "This looks like a license key. Enter a domain or a machine.");
        return Err(context::validation_error(vec![fault]));
    }
    context::redirect(&form::url_of_check(id, &subject));
    Ok(())
}

/// Activates the license on a domain. If no slot is free, raises the domain limit by one, or fails if
/// `keep_limit` is sent.
///
/// # Errors
/// Returns an error if the domain is invalid, the license is not active, or no slot is free.
#[server(prefix = "/_fn", endpoint = "allow_domain")]
pub async fn allow_domain(
    id: LicenseId,
    domain: String,
    #[server(default)] keep_limit: Option<String>,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let domain = form::parse_domain("domain", &domain).map_err(context::validation_error)?;
    let allowed = if keep_limit.is_some() {
        service::activation::restore(&service, &actor, id, &domain).await
    } else {
        service::activation::allow(&service, &actor, id, &domain).await
    };
    allowed.map_err(context::to_ui_error)
}

/// Moves an activation to another domain.
///
/// # Errors
/// Returns an error if the domain is invalid or active already, or if the license is not active.
#[server(prefix = "/_fn", endpoint = "move_domain")]
pub async fn move_domain(license: LicenseId, activation: ActivationId, to: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let to = form::parse_domain("to", &to).map_err(context::validation_error)?;
    service::activation::move_domain(&service, &actor, license, activation, &to)
        .await
        .map_err(context::to_ui_error)
}

/// Transfers a license to another customer. Asks about another name of a known customer.
///
/// # Errors
/// Returns `invalid` for an invalid field, and `conflict` with the known name if it is another one.
#[server(prefix = "/_fn", endpoint = "transfer_license")]
pub async fn transfer_license(
    id: LicenseId,
    customer_name: String,
    customer_email: String,
    #[server(default)] customer_name_conflict: String,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let (name, email, name_choice) =
        form::parse_customer(&customer_name, &customer_email, &customer_name_conflict)
            .map_err(context::validation_error)?;
    let holder = service::license::NewHolder { name, email, name_choice };
    service::license::transfer_to(&service, &actor, id, &holder).await.map_err(context::to_ui_error)
}

/// Replaces the notes of a license.
///
/// # Errors
/// Returns `invalid` if the notes are too long, or if other notes were saved in the meantime.
#[server(prefix = "/_fn", endpoint = "set_license_notes")]
pub async fn set_license_notes(id: LicenseId, notes: String, notes_were: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let notes = form::parse_notes(&notes).map_err(context::validation_error)?;
    let former = form::parse_notes(&notes_were).map_err(context::validation_error)?;
    match service::license::set_notes(&service, &actor, id, notes.as_ref(), former.as_ref()).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let (object, events) = (ChangedObject::License(id), [Event::LicenseNotesChanged]);
            Err(context::to_conflict_error(error, object, &events).await)
        }
    }
}

/// Replaces the seller's own fields of a license.
///
/// # Errors
/// Returns `invalid` for an invalid line, or if other fields were saved in the meantime.
#[server(prefix = "/_fn", endpoint = "set_license_metadata")]
pub async fn set_license_metadata(
    id: LicenseId,
    metadata: String,
    metadata_was: String,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let (metadata, former) =
        form::parse_metadata(&metadata, &metadata_was).map_err(context::validation_error)?;
    match service::license::set_metadata(&service, &actor, id, &metadata, &former).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let (object, events) = (ChangedObject::License(id), [Event::LicenseMetadataChanged]);
            Err(context::to_conflict_error(error, object, &events).await)
        }
    }
}

/// Gives a license a new key, and shows it. Apps may send the former key for `grace_days` days.
///
/// # Errors
/// Returns an error if the role may not see keys, or the license is revoked, and `invalid` for another
/// number of days.
#[server(prefix = "/_fn", endpoint = "replace_license_key")]
pub async fn replace_license_key(
    id: LicenseId,
    #[server(default)] grace_days: String,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let grace = KeyGrace::parse(&grace_days).map_err(|fault| context::validation_error(vec![fault]))?;
    service::license::replace_key(&service, &actor, id, grace).await.map_err(context::to_ui_error)?;
    context::redirect(&format!("/licenses/{id}?reveal=1"));
    Ok(())
}

/// Ends the grace time of a license's former keys.
///
/// # Errors
/// Returns an error if the role lacks the permission, or the license does not exist.
#[server(prefix = "/_fn", endpoint = "retire_former_keys")]
pub async fn retire_former_keys(id: LicenseId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license::retire_former_keys(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Puts a license into an organization and gives it tags. A field that is as the form showed it stays as it is stored.
///
/// # Errors
/// Returns `invalid` for more than five tags, and for an unknown organization.
#[server(prefix = "/_fn", endpoint = "set_license_groups")]
pub async fn set_license_groups(
    id: LicenseId,
    organization: String,
    organization_was: String,
    tags: String,
    tags_was: String,
) -> Result<(), UiError> {
    use service::license::{LicenseGroups, set_groups};
    let (service, actor) = (context::service()?, context::actor()?);
    let invalid = |error: FieldError| context::validation_error(vec![error]);
    let name = organization.trim();
    let organization = if name == organization_was.trim() {
        None
    } else if name.is_empty() {
        Some(None)
    } else {
        let found = service::organization::find_by_name(&service, &actor, name).await;
        let text = "There is no such organization. Make it first, or choose another one.";
        let found = found.map_err(context::to_ui_error)?;
        Some(Some(found.ok_or_else(|| invalid(FieldError::new("organization", text)))?))
    };
    let tags = (tags.trim() != tags_was.trim()).then(|| TagNames::parse_list(&tags));
    let tags = tags.transpose().map_err(invalid)?;
    set_groups(&service, &actor, id, LicenseGroups { organization, tags }).await.map_err(context::to_ui_error)
}
