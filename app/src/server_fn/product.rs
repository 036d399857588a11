//! Products.

use domain::ProductId;
use domain::view::{ProductOption, ProductView};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
#[allow(unused_imports, reason = "used by bodies that the browser does not have")]
use crate::ctx;
use crate::form::ProductForm;

/// A product's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductPage {
    /// The product.
    pub product: ProductView,
    /// This instance's address, for the snippets.
    pub origin: String,
    /// The public half of its signing key as PEM, once it has been made.
    pub public_key: Option<String>,
}

/// The account's products.
///
/// # Errors
/// When nobody is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "products")]
pub async fn products() -> Result<Vec<ProductView>, UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    service::product::list(&service, &actor).await.map_err(ctx::fail)
}

/// The account's products as choices.
///
/// # Errors
/// When nobody is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "product_options")]
pub async fn product_options() -> Result<Vec<ProductOption>, UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    service::product::options(&service, &actor).await.map_err(ctx::fail)
}

/// One product.
///
/// # Errors
/// When it is not there.
#[server(prefix = "/_fn", endpoint = "product")]
pub async fn product(id: String) -> Result<ProductPage, UiError> {
    let (request, actor) = (ctx::request()?, ctx::actor()?);
    let id: ProductId = id.parse().map_err(|_| ctx::fail(service::Error::NotFound))?;
    let product = service::product::show(&request.service, &actor, id).await.map_err(ctx::fail)?;
    let key = service::signing::product_key(&request.service, &actor, id).await.map_err(ctx::fail)?;
    Ok(ProductPage { product, origin: request.origin, public_key: key.map(|key| key.pem()) })
}

/// Makes a product and goes to its page.
///
/// # Errors
/// When a field is at fault.
#[server(prefix = "/_fn", endpoint = "create_product")]
pub async fn create_product(#[server(flatten)] form: ProductForm) -> Result<(), UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    let settings = form.parse().map_err(ctx::faults)?;
    let made = service::product::create(&service, &actor, settings).await.map_err(ctx::fail)?;
    ctx::redirect(&format!("/products/{}", made.id));
    Ok(())
}

/// Changes a product.
///
/// # Errors
/// When a field is at fault or the product is not there.
#[server(prefix = "/_fn", endpoint = "update_product")]
pub async fn update_product(id: ProductId, #[server(flatten)] form: ProductForm) -> Result<(), UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    let settings = form.parse().map_err(ctx::faults)?;
    service::product::update(&service, &actor, id, settings).await.map_err(ctx::fail)?;
    Ok(())
}
