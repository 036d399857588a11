//! Server functions of the settings of the customer's page.

use domain::event::Event;
use domain::view::CustomerPageSettings;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::audit::ChangedObject;

use crate::UiError;
use crate::context;
use crate::form::BrandForm;
use crate::paths::CUSTOMER_PAGE_PATH;

/// The data of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerPageSettingsPage {
    /// The settings.
    pub settings: CustomerPageSettings,
    /// The address of the customer's page.
    pub url: String,
    /// Whether this server sends mail, so that customers can get a link.
    pub sends_mail: bool,
}

/// Returns the settings of the account's page.
///
/// # Errors
/// Returns `forbidden` if the role does not allow it.
#[server(prefix = "/_fn", endpoint = "customer_page_settings")]
pub async fn own_customer_page() -> Result<CustomerPageSettingsPage, UiError> {
    let (request, actor) = (context::request()?, context::actor()?);
    let settings = service::customer_page::settings(&request.service, &actor).await;
    let settings = settings.map_err(context::to_ui_error)?;
    let url = format!("{}{CUSTOMER_PAGE_PATH}/{}", request.origin, settings.slug);
    Ok(CustomerPageSettingsPage { settings, url, sends_mail: request.service.sends_mail() })
}

/// Changes the name, the logo text and the color of the page.
///
/// # Errors
/// Returns `invalid` for an invalid field, `changed` for a field that was changed since the form was
/// rendered, and `forbidden` if the role does not allow it.
#[server(prefix = "/_fn", endpoint = "change_customer_page")]
pub async fn change_customer_page(#[server(flatten)] form: BrandForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let change = form.parse().map_err(context::validation_error)?;
    match service::customer_page::change_brand(&service, &actor, change).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let events = [Event::CustomerPageChanged];
            Err(context::to_conflict_error(error, ChangedObject::Account, &events).await)
        }
    }
}
