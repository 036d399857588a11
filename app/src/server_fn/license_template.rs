//! Server functions of license templates.

use domain::LicenseTemplateId;
use domain::view::{LicenseTemplatePage, LicenseTemplateRow};
use leptos::prelude::*;

use crate::UiError;
use crate::context;
use crate::form::TemplateForm;

/// Returns the license templates of the account.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "license_templates")]
pub async fn license_templates() -> Result<Vec<LicenseTemplateRow>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license_template::list_page(&service, &actor).await.map_err(context::to_ui_error)
}

/// Returns a license template and its products.
///
/// # Errors
/// Returns `not_found` if the template does not exist.
#[server(prefix = "/_fn", endpoint = "license_template")]
pub async fn license_template(id: String) -> Result<LicenseTemplatePage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: LicenseTemplateId = id.parse().map_err(|_| context::to_ui_error(service::Error::NotFound))?;
    service::license_template::show_page(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Changes a license template, and with it its products.
///
/// # Errors
/// Returns `invalid` for an invalid field, and `not_found` if the template does not exist.
#[server(prefix = "/_fn", endpoint = "change_license_template")]
pub async fn change_license_template(
    id: LicenseTemplateId,
    #[server(flatten)] form: TemplateForm,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let fields = form.parse().map_err(context::validation_error)?;
    let change = service::license_template::TemplateChange {
        name: Some(fields.name),
        machine_limit: fields.machine_limit,
        domain_limit: fields.domain_limit,
        ..Default::default()
    };
    let changed = service::license_template::update(&service, &actor, id, &change).await;
    changed.map(drop).map_err(context::to_ui_error)
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
