//! Products.

use domain::ProductId;
use domain::view::{ProductOption, ProductView, SigningKeyView};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
#[allow(unused_imports, reason = "used by bodies that the browser does not have")]
use crate::context;
use crate::form::ProductForm;

/// A product's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductPage {
    /// The product.
    pub product: ProductView,
    /// Its signing keys, the latest first; none until the first has been made.
    pub keys: Vec<SigningKeyView>,
}

/// A product's integration page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegratePage {
    /// The product.
    pub product: ProductView,
    /// For apps bound to a domain: language and code.
    pub domain: Vec<(String, String)>,
    /// For programs bound to a machine.
    pub machine: Vec<(String, String)>,
}

/// The account's products.
///
/// # Errors
/// When nobody is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "products")]
pub async fn products() -> Result<Vec<ProductView>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::product::list(&service, &actor).await.map_err(context::to_ui_error)
}

/// The account's products as choices.
///
/// # Errors
/// When nobody is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "product_options")]
pub async fn product_options() -> Result<Vec<ProductOption>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::product::options(&service, &actor).await.map_err(context::to_ui_error)
}

/// One product.
///
/// # Errors
/// When it is not there.
#[server(prefix = "/_fn", endpoint = "product")]
pub async fn product(id: String) -> Result<ProductPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: ProductId = id.parse().map_err(|_| context::to_ui_error(service::Error::NotFound))?;
    let product = service::product::show(&service, &actor, id).await.map_err(context::to_ui_error)?;
    let keys = service::signing::keys(&service, &actor, id).await.map_err(context::to_ui_error)?;
    Ok(ProductPage { product, keys })
}

/// How to integrate a product, in code that runs as it is pasted.
///
/// # Errors
/// When it is not there.
#[server(prefix = "/_fn", endpoint = "integrate")]
pub async fn integrate(id: String) -> Result<IntegratePage, UiError> {
    let (request, actor) = (context::request()?, context::actor()?);
    let id: ProductId = id.parse().map_err(|_| context::to_ui_error(service::Error::NotFound))?;
    let product = service::product::show(&request.service, &actor, id).await.map_err(context::to_ui_error)?;
    let fill = |dialect| crate::page::snippets(dialect, &request.origin, &product);
    Ok(IntegratePage { domain: fill("domain"), machine: fill("machine"), product })
}

/// Signs a product's tokens with a new key.
///
/// # Errors
/// When the role does not allow it.
#[server(prefix = "/_fn", endpoint = "rotate_key")]
pub async fn rotate_key(product: ProductId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::signing::rotate(&service, &actor, product).await.map_err(context::to_ui_error)
}

/// Withdraws a key that was rotated.
///
/// # Errors
/// When it signs, or signed until a minute ago.
#[server(prefix = "/_fn", endpoint = "retire_key")]
pub async fn retire_key(product: ProductId, kid: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::signing::retire(&service, &actor, product, &kid).await.map_err(context::to_ui_error)
}

/// Makes a product and goes to its page.
///
/// # Errors
/// When a field is at fault.
#[server(prefix = "/_fn", endpoint = "create_product")]
pub async fn create_product(#[server(flatten)] form: ProductForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let settings = form.parse().map_err(context::validation_error)?;
    let made = service::product::create(&service, &actor, settings).await.map_err(context::to_ui_error)?;
    context::redirect(&format!("/products/{}", made.id));
    Ok(())
}

/// Changes a product.
///
/// # Errors
/// When a field is at fault or the product is not there.
#[server(prefix = "/_fn", endpoint = "update_product")]
pub async fn update_product(id: ProductId, #[server(flatten)] form: ProductForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let mut settings = form.parse().map_err(context::validation_error)?;
    if !form.has_machine_rules() {
        // A page that was open since before these rules were there.
        let current = service::product::show(&service, &actor, id).await.map_err(context::to_ui_error)?;
        (settings.machines, settings.meters) = (current.machines, current.meters);
    }
    service::product::update(&service, &actor, id, settings).await.map_err(context::to_ui_error)?;
    Ok(())
}
