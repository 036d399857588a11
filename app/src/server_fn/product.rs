//! Products.

use domain::ProductId;
use domain::view::{ProductOption, ProductView};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
#[allow(unused_imports, reason = "used by bodies that the browser does not have")]
use crate::ctx;

/// A product's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductPage {
    /// The product.
    pub product: ProductView,
    /// This instance's address, for the snippets.
    pub origin: String,
}

/// A product's settings as its form sends them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductForm {
    name: String,
    slug: String,
    domain_limit: String,
    machine_limit: String,
    validity_days: String,
    key_prefix: String,
    // A box that is not ticked is not sent.
    free_development_hosts: Option<String>,
    #[serde(default)]
    development_hosts: String,
}

impl ProductForm {
    /// Checks every field, so that all faults are shown at once.
    #[cfg(feature = "ssr")]
    fn parse(&self) -> Result<domain::product::Settings, service::Error> {
        use domain::KeyPrefix;
        use domain::development::DevelopmentHosts;
        use domain::license::Limit;
        use domain::product::{Settings, Slug, ValidityDays};
        use domain::text::Name;

        let name = Name::parse("name", &self.name);
        let slug = if self.slug.trim().is_empty() {
            Ok(Slug::suggest(&self.name, "product"))
        } else {
            Slug::parse(&self.slug)
        };
        let domain_limit = Limit::parse("domain_limit", &self.domain_limit);
        let machine_limit = Limit::parse("machine_limit", &self.machine_limit);
        let validity = ValidityDays::parse("validity_days", &self.validity_days);
        let key_prefix = KeyPrefix::parse(&self.key_prefix);
        let development =
            DevelopmentHosts::parse(self.free_development_hosts.is_some(), &self.development_hosts);
        match (
            name,
            slug,
            domain_limit,
            machine_limit,
            validity,
            key_prefix,
            development,
        ) {
            (
                Ok(name),
                Ok(slug),
                Ok(domain_limit),
                Ok(machine_limit),
                Ok(validity),
                Ok(key_prefix),
                Ok(development),
            ) => Ok(Settings {
                name,
                slug,
                domain_limit,
                machine_limit,
                validity,
                key_prefix,
                development,
            }),
            (a, b, c, d, e, f, g) => Err(service::Error::Invalid(
                [a.err(), b.err(), c.err(), d.err(), e.err(), f.err(), g.err()]
                    .into_iter()
                    .flatten()
                    .collect(),
            )),
        }
    }
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
    service::product::options(&service, &actor)
        .await
        .map_err(ctx::fail)
}

/// One product.
///
/// # Errors
/// When it is not there.
#[server(prefix = "/_fn", endpoint = "product")]
pub async fn product(id: String) -> Result<ProductPage, UiError> {
    let (request, actor) = (ctx::request()?, ctx::actor()?);
    let id: ProductId = id.parse().map_err(|_| ctx::fail(service::Error::NotFound))?;
    let product = service::product::show(&request.service, &actor, id)
        .await
        .map_err(ctx::fail)?;
    Ok(ProductPage {
        product,
        origin: request.origin,
    })
}

/// Makes a product and goes to its page.
///
/// # Errors
/// When a field is at fault.
#[server(prefix = "/_fn", endpoint = "create_product")]
pub async fn create_product(#[server(flatten)] form: ProductForm) -> Result<(), UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    let settings = form.parse().map_err(ctx::fail)?;
    let made = service::product::create(&service, &actor, settings)
        .await
        .map_err(ctx::fail)?;
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
    let settings = form.parse().map_err(ctx::fail)?;
    service::product::update(&service, &actor, id, settings)
        .await
        .map_err(ctx::fail)?;
    Ok(())
}
