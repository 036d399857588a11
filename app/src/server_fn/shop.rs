//! Server functions of connections to shops.

use domain::purchase::ShopOutcome;
use domain::view::{LicenseTemplateMenu, ShopConnectionList, ShopConnectionPage, ShopEventView};
use domain::{ShopConnectionId, ShopEventId, ShopPriceId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
use crate::context;
use crate::form::{NewShopForm, ShopPriceForm, ShopSettingsForm, parse_menu_search};

/// The data of the page of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopPage {
    /// The connection with its prices and events.
    pub page: ShopConnectionPage,
    /// The license templates that a price can choose; empty unless they were asked for.
    pub templates: LicenseTemplateMenu,
    /// The address for the provider.
    pub address: String,
}

/// Returns the account's connections, and the products that one can be made for.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "shops")]
pub async fn shops() -> Result<ShopConnectionList, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::purchase::list_page(&service, &actor).await.map_err(context::to_ui_error)
}

/// Returns a connection with its events that are older than `before`, of one outcome if it is given, and if
/// `with_templates`, the license templates whose name has the words of a search.
///
/// # Errors
/// Returns `not_found` if the connection does not exist.
#[server(prefix = "/_fn", endpoint = "shop")]
pub async fn shop(
    id: String,
    outcome: Option<ShopOutcome>,
    before: Option<ShopEventId>,
    #[server(default)] with_templates: bool,
    template_search: Option<String>,
) -> Result<ShopPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: ShopConnectionId = context::parse_id(&id)?;
    let page = service::purchase::show_page(&service, &actor, id, outcome, before).await;
    let page = page.map_err(context::to_ui_error)?;
    let templates = if with_templates {
        let search = parse_menu_search(template_search);
        let menu = service::license_template::menu(&service, &actor, search).await;
        menu.map_err(context::to_ui_error)?
    } else {
        LicenseTemplateMenu::default()
    };
    let (provider, id) = (page.connection.provider, page.connection.id);
    let address = format!("{}/hooks/{provider}/{id}", context::request()?.origin);
    Ok(ShopPage { page, templates, address })
}

/// Makes a connection, and leads to its page, which says what to set at the provider.
///
/// # Errors
/// Returns `invalid` for an invalid field and `forbidden` if the role does not allow it.
#[server(prefix = "/_fn", endpoint = "create_shop")]
pub async fn create_shop(#[server(flatten)] form: NewShopForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let (provider, product, settings) = form.parse().map_err(context::validation_error)?;
    let new = service::purchase::NewShop { provider, product, settings, secret: None };
    let made = service::purchase::create(&service, &actor, new).await.map_err(context::to_ui_error)?;
    context::redirect(&page_of(made.id));
    Ok(())
}

/// Changes the settings of a connection.
///
/// # Errors
/// Returns `invalid` for an invalid field and `not_found` if the connection does not exist.
#[server(prefix = "/_fn", endpoint = "change_shop")]
pub async fn change_shop(
    id: ShopConnectionId,
    #[server(flatten)] form: ShopSettingsForm,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let settings = form.parse().map_err(context::validation_error)?;
    let change = service::purchase::ShopChange { settings: Some(settings), secret: None };
    service::purchase::change(&service, &actor, id, change).await.map_err(context::to_ui_error)
}

/// Sets the signing secret of a connection, in place of the former one, which is taken for a day more.
///
/// # Errors
/// Returns `invalid` for an invalid secret and `not_found` if the connection does not exist.
#[server(prefix = "/_fn", endpoint = "set_shop_secret")]
pub async fn set_shop_secret(id: ShopConnectionId, secret: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let secret = domain::purchase::ShopSecret::parse("secret", &secret);
    let secret = secret.map_err(|fault| context::validation_error(vec![fault]))?;
    let change = service::purchase::ShopChange { settings: None, secret: Some(secret) };
    service::purchase::change(&service, &actor, id, change).await.map_err(context::to_ui_error)
}

/// Sets what the licenses of a price get.
///
/// # Errors
/// Returns `invalid` for an invalid field and `not_found` if the connection does not exist.
#[server(prefix = "/_fn", endpoint = "set_shop_price")]
pub async fn set_shop_price(
    id: ShopConnectionId,
    #[server(flatten)] form: ShopPriceForm,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let (price, terms) = form.parse().map_err(context::validation_error)?;
    service::purchase::set_price(&service, &actor, id, &price, terms).await.map_err(context::to_ui_error)
}

/// Removes a price of a connection.
///
/// # Errors
/// Returns `not_found` if the connection has no such price.
#[server(prefix = "/_fn", endpoint = "remove_shop_price")]
pub async fn remove_shop_price(id: ShopConnectionId, price_id: ShopPriceId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::purchase::remove_price(&service, &actor, id, price_id).await.map_err(context::to_ui_error)
}

/// Deletes a connection. Its licenses stay.
///
/// # Errors
/// Returns `not_found` if the connection does not exist.
#[server(prefix = "/_fn", endpoint = "delete_shop")]
pub async fn delete_shop(id: ShopConnectionId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::purchase::delete(&service, &actor, id).await.map_err(context::to_ui_error)?;
    context::redirect("/settings/shops");
    Ok(())
}

/// Returns an event with its payload.
///
/// # Errors
/// Returns `not_found` if the event does not exist.
#[server(prefix = "/_fn", endpoint = "shop_event")]
pub async fn shop_event(id: String) -> Result<ShopEventView, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: ShopEventId = context::parse_id(&id)?;
    service::purchase::show_event(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Applies an event again with which nothing was done.
///
/// # Errors
/// Returns `conflict` if it was applied.
#[server(prefix = "/_fn", endpoint = "repeat_shop_event")]
pub async fn repeat_shop_event(id: ShopEventId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::purchase::repeat(&service, &actor, id).await.map(drop).map_err(context::to_ui_error)
}

/// Returns the path of a connection's page.
fn page_of(id: ShopConnectionId) -> String {
    format!("/settings/shops/{id}")
}
