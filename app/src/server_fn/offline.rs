//! Server functions of offline activation, for machines without a network.

use domain::LicenseId;
use leptos::prelude::*;

use crate::UiError;
use crate::context;

/// Activates a license with a request file and shows the response once.
///
/// # Errors
/// Returns `invalid` if the file is not a valid request or the activation is refused.
#[server(prefix = "/_fn", endpoint = "activate_offline")]
pub async fn activate_offline(license: LicenseId, file: String, validity: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let validity = domain::machine::Seconds::parse("validity", &validity)
        .map_err(|e| context::validation_error(vec![e]))?;
    let answer = service::machine::offline::activate(&service, &actor, license, &file, validity).await;
    let response = match answer {
        Ok(answer) => context::offline_token(answer)?,
        Err(error) => return Err(context::to_ui_error(context::from_file(error))),
    };
    context::store_one_time_text(&format!("offline {license}"), &response).await?;
    context::redirect(&format!("/licenses/{license}/offline"));
    Ok(())
}

/// Releases a machine's activation with a request file and shows the receipt once.
///
/// # Errors
/// Returns an error if the file is not a valid request or belongs to another license.
#[server(prefix = "/_fn", endpoint = "deactivate_offline")]
pub async fn deactivate_offline(license: LicenseId, file: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let receipt = service::machine::offline::deactivate(&service, &actor, license, &file).await;
    let receipt = receipt.map_err(|e| context::to_ui_error(context::from_file(e)))?;
    context::store_one_time_text(&format!("offline {license}"), &receipt).await?;
    context::redirect(&format!("/licenses/{license}/offline"));
    Ok(())
}

/// Returns the response that was just created, if any.
///
/// # Errors
/// Returns `not_found` if the license does not exist.
#[server(prefix = "/_fn", endpoint = "offline_response")]
pub async fn offline_response(license: String) -> Result<Option<String>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: LicenseId = context::parse_id(&license)?;
    service::license::show(&service, &actor, id).await.map_err(context::to_ui_error)?;
    context::take_one_time_text(&format!("offline {id}")).await
}
