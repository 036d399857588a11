//! Server functions of imports. The file itself is sent to [`crate::IMPORT_PATH`].

use domain::LicenseImportId;
use domain::view::{ImportRow, ImportView, ProductOption};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
use crate::context;

/// The data of the page that sends a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPage {
    /// The latest imports.
    pub imports: Vec<ImportRow>,
    /// The products.
    pub products: Vec<ProductOption>,
    /// The token of the form.
    pub form_token: String,
}

/// Returns the latest imports and the products.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "license_imports")]
pub async fn license_imports() -> Result<ImportPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let imports = service::license_import::list(&service, &actor).await.map_err(context::to_ui_error)?;
    let products = super::product::product_options().await?;
    Ok(ImportPage { imports, products, form_token: service::token() })
}

/// Returns an import.
///
/// # Errors
/// Returns `not_found` if the import does not exist.
#[server(prefix = "/_fn", endpoint = "license_import")]
pub async fn license_import(id: String) -> Result<ImportView, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: LicenseImportId = context::parse_id(&id)?;
    service::license_import::show(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Imports the good rows of a checked file. `otherwise` is `skip` or `nothing`: what happens if a row cannot
/// be imported any more.
///
/// # Errors
/// Returns an error if the import does not exist or cannot be confirmed.
#[server(prefix = "/_fn", endpoint = "confirm_import")]
pub async fn confirm_import(id: LicenseImportId, otherwise: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license_import::confirm(&service, &actor, id, otherwise != "skip")
        .await
        .map_err(context::to_ui_error)
}

/// Discards a checked file.
///
/// # Errors
/// Returns an error if the import does not exist or was confirmed.
#[server(prefix = "/_fn", endpoint = "discard_import")]
pub async fn discard_import(id: LicenseImportId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license_import::discard(&service, &actor, id).await.map_err(context::to_ui_error)?;
    context::redirect("/licenses/import");
    Ok(())
}

/// Stops an import.
///
/// # Errors
/// Returns an error if the import does not exist or does not run.
#[server(prefix = "/_fn", endpoint = "stop_import")]
pub async fn stop_import(id: LicenseImportId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license_import::stop(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Removes the licenses of an import again.
///
/// # Errors
/// Returns an error if the import does not exist or ended more than an hour ago.
#[server(prefix = "/_fn", endpoint = "remove_import")]
pub async fn remove_import(id: LicenseImportId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::license_import::remove(&service, &actor, id).await.map_err(context::to_ui_error)
}
