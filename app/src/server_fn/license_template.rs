//! Server functions of license templates.

use domain::LicenseTemplateId;
use domain::event::Event;
use domain::view::{LicenseTemplateList, LicenseTemplatePage, TemplateTexts};
use leptos::prelude::*;
use service::audit::ChangedObject;

use crate::UiError;
use crate::context;
use crate::form::{RulesForm, TemplateForm};

/// Returns the license templates of the account that are older than `before`.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "license_templates")]
pub async fn license_templates(before: Option<LicenseTemplateId>) -> Result<LicenseTemplateList, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license_template::list_page(&service, &actor, before).await.map_err(context::to_ui_error)
}

/// Returns a license template and its products.
///
/// # Errors
/// Returns `not_found` if the template does not exist.
#[server(prefix = "/_fn", endpoint = "license_template")]
pub async fn license_template(id: String) -> Result<LicenseTemplatePage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: LicenseTemplateId = context::parse_id(&id)?;
    service::license_template::show_page(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Returns the rules of a template of which only the name is given, for the form of a new one.
#[must_use]
pub fn new_template_texts() -> TemplateTexts {
    service::license_template::new_texts()
}

/// Makes a license template and redirects to its page.
///
/// # Errors
/// Returns `invalid` for an invalid field.
#[server(prefix = "/_fn", endpoint = "create_license_template")]
pub async fn create_license_template(
    #[server(flatten)] form: TemplateForm,
    #[server(flatten)] rules: RulesForm,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let new = form.parse(&rules).map_err(context::validation_error)?.into_new();
    let made = service::license_template::create(&service, &actor, new).await;
    let made = made.map_err(context::to_ui_error)?;
    context::redirect(&format!("/license-templates/{}", made.id));
    Ok(())
}

/// Changes the rules of a license template that differ from those that the form showed, and with them its products.
///
/// # Errors
/// Returns `invalid` for an invalid field, `changed` for a rule that another member changed since the form was rendered,
/// and `not_found` if the template does not exist.
#[server(prefix = "/_fn", endpoint = "change_license_template")]
pub async fn change_license_template(
    id: LicenseTemplateId,
    #[server(flatten)] form: TemplateForm,
    #[server(flatten)] rules: RulesForm,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let edit = form.parse(&rules).map_err(context::validation_error)?;
    match service::license_template::edit(&service, &actor, id, edit).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let (object, events) = (ChangedObject::LicenseTemplate(id), [Event::LicenseTemplateUpdated]);
            Err(context::to_conflict_error(error, object, &events).await)
        }
    }
}

/// Deletes a license template that nothing uses.
///
/// # Errors
/// Returns `conflict` if a product or a license uses it.
#[server(prefix = "/_fn", endpoint = "delete_license_template")]
pub async fn delete_license_template(id: LicenseTemplateId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license_template::delete(&service, &actor, id).await.map_err(context::to_ui_error)?;
    context::redirect("/license-templates");
    Ok(())
}
