//! Server functions of a license's own rules, and of who sees its fields.

use domain::LicenseId;
use domain::event::Event;
use domain::license::TransitionError;
use domain::view::LicenseRulesView;
use leptos::prelude::*;
use service::Error;
use service::audit::ChangedObject;
use service::license::{EditLicense, LicenseRefusal};

use crate::UiError;
use crate::context;
use crate::form::{RulesForm, parse_readers};

/// Returns the rules of a license and those of its product.
///
/// # Errors
/// Returns `not_found` if the license does not exist.
#[server(prefix = "/_fn", endpoint = "license_rules")]
pub async fn license_rules(id: String) -> Result<LicenseRulesView, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: LicenseId = id.parse().map_err(|_| context::to_ui_error(Error::NotFound))?;
    service::license::show_rules(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Changes the rules of a license that differ from those that the form showed. An empty field follows the product.
///
/// # Errors
/// Returns `invalid` for an invalid field, `conflict` if the license is revoked, and `changed` for a rule that another
/// member changed since the form was rendered.
#[server(prefix = "/_fn", endpoint = "change_license_rules")]
pub async fn change_license_rules(id: LicenseId, #[server(flatten)] form: RulesForm) -> Result<(), UiError> {
    let rules_edit = form.parse_own().map_err(context::validation_error)?;
    edit(id, EditLicense { rules_edit, ..EditLicense::default() }, Event::LicenseRulesChanged).await
}

/// Changes which of the seller's own fields apps and the customer see.
///
/// # Errors
/// Returns `invalid` for the name of an unknown field, and `changed` if another member changed a list since the form was
/// rendered.
#[server(prefix = "/_fn", endpoint = "set_metadata_readers")]
pub async fn set_metadata_readers(
    id: LicenseId,
    #[server(default)] visible_to_apps: String,
    visible_to_apps_was: Option<String>,
    #[server(default)] visible_to_customer: String,
    visible_to_customer_was: Option<String>,
) -> Result<(), UiError> {
    let readers = parse_readers(
        [&visible_to_apps, &visible_to_customer],
        [visible_to_apps_was.as_deref(), visible_to_customer_was.as_deref()],
    );
    let change = EditLicense { readers: Some(readers), ..EditLicense::default() };
    edit(id, change, Event::LicenseMetadataChanged).await
}

/// Changes a license; a conflict names the last change by this event.
async fn edit(id: LicenseId, change: EditLicense, event: Event) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    match service::license::edit(&service, &actor, id, &change).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(refusal)) => Err(context::to_ui_error(refused(refusal))),
        Err(error) => Err(context::to_conflict_error(error, ChangedObject::License(id), &[event]).await),
    }
}

/// Returns the error of a refusal. Forms of pages cause no other ones.
fn refused(refusal: LicenseRefusal) -> Error {
    match refusal {
        LicenseRefusal::Invalid(error) => Error::Invalid(vec![error]),
        LicenseRefusal::Revoked => Error::Conflict(TransitionError::Revoked.to_string()),
        LicenseRefusal::UnknownLicense => Error::NotFound,
        other => Error::Internal(format!("a license was not changed: {other:?}")),
    }
}
