//! Server functions of products.

use domain::event::Event;
use domain::product::ProductChange;
use domain::view::{ProductOption, ProductView, SigningKeyView, TrialPolicyMenu};
use domain::{FieldError, ProductId, TrialPolicyId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::audit::ChangedObject;

use crate::UiError;
use crate::context;
use crate::form::{CustomersForm, DomainsForm, LicensingForm, MachinesForm, MetersForm, parse_menu_search};

/// The data of a product's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductPage {
    /// The product.
    pub product: ProductView,
    /// The signing keys, newest first. Empty until the first key has been generated.
    pub keys: Vec<SigningKeyView>,
    /// The trial policy; `None` for a product without trials, and unless policies were asked for.
    pub trial_policy: Option<TrialPolicyId>,
    /// The trial policies that the product may have; empty unless they were asked for.
    pub trial_policies: TrialPolicyMenu,
}

/// The data of a product's integration page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegratePage {
    /// The product.
    pub product: ProductView,
    /// Snippets for apps bound to a domain: language and code.
    pub domain: Vec<(String, String)>,
    /// Snippets for programs bound to a machine: language and code.
    pub machine: Vec<(String, String)>,
}

/// Returns the account's products.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "products")]
pub async fn products() -> Result<Vec<ProductView>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::product::list(&service, &actor).await.map_err(context::to_ui_error)
}

/// Returns the account's products as options of a form.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "product_options")]
pub async fn product_options() -> Result<Vec<ProductOption>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::product::options(&service, &actor).await.map_err(context::to_ui_error)
}

/// Returns a product and its signing keys, and if `with_policies`, its choice of trial policies, of those whose name has
/// the words of a search.
///
/// # Errors
/// Returns `not_found` if the product does not exist.
#[server(prefix = "/_fn", endpoint = "product")]
pub async fn product(
    id: String,
    #[server(default)] with_policies: bool,
    policy_search: Option<String>,
) -> Result<ProductPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: ProductId = context::parse_id(&id)?;
    let product = service::product::show(&service, &actor, id).await.map_err(context::to_ui_error)?;
    let keys = service::signing::keys(&service, &actor, id).await.map_err(context::to_ui_error)?;
    if !with_policies {
        let trial_policies = TrialPolicyMenu::default();
        return Ok(ProductPage { product, keys, trial_policy: None, trial_policies });
    }
    let record = service::product::show_record(&service, &actor, id).await.map_err(context::to_ui_error)?;
    let present = record.trial_policy.as_ref();
    let search = parse_menu_search(policy_search);
    let menu = service::trial_policy::menu(&service, &actor, present, search).await;
    let trial_policies = menu.map_err(context::to_ui_error)?;
    Ok(ProductPage { product, keys, trial_policy: present.map(|policy| policy.id), trial_policies })
}

/// Returns code snippets that integrate a product and run as pasted.
///
/// # Errors
/// Returns `not_found` if the product does not exist.
#[server(prefix = "/_fn", endpoint = "integrate")]
pub async fn integrate(id: String) -> Result<IntegratePage, UiError> {
    let (request, actor) = (context::request()?, context::actor()?);
    let id: ProductId = context::parse_id(&id)?;
    let product = service::product::show(&request.service, &actor, id).await.map_err(context::to_ui_error)?;
    let key = service::signing::current_public_key(&request.service, &actor, id).await;
    let pem = key.map_err(context::to_ui_error)?.pem();
    let fill = |dialect| crate::page::snippets(dialect, &request.origin, id, &pem);
    Ok(IntegratePage { domain: fill("domain"), machine: fill("machine"), product })
}

/// Rotates the signing key of a product.
///
/// # Errors
/// Returns `forbidden` if the role does not allow it.
#[server(prefix = "/_fn", endpoint = "rotate_key")]
pub async fn rotate_key(product: ProductId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::signing::rotate(&service, &actor, product).await.map_err(context::to_ui_error)
}

/// Retires a rotated signing key.
///
/// # Errors
/// Returns an error if the key still signs or was rotated less than a minute ago.
#[server(prefix = "/_fn", endpoint = "retire_key")]
pub async fn retire_key(product: ProductId, kid: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::signing::retire(&service, &actor, product, &kid).await.map_err(context::to_ui_error)
}

/// Creates a product and redirects to its page.
///
/// # Errors
/// Returns `invalid` for an invalid field.
#[server(prefix = "/_fn", endpoint = "create_product")]
pub async fn create_product(#[server(flatten)] form: LicensingForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let settings = form.parse_new().map_err(context::validation_error)?;
    let made = service::product::create(&service, &actor, settings).await.map_err(context::to_ui_error)?;
    context::redirect(&format!("/products/{}", made.id));
    Ok(())
}

/// Changes the name of a product and the defaults of its licenses.
///
/// # Errors
/// Returns `invalid` for an invalid field, `changed` for a field that was changed since the form was rendered,
/// and `not_found` if the product does not exist. The other changes return the same errors.
#[server(prefix = "/_fn", endpoint = "change_licensing")]
pub async fn change_licensing(id: ProductId, #[server(flatten)] form: LicensingForm) -> Result<(), UiError> {
    change(id, form.parse()).await
}

/// Changes the rules of a product's domain slots.
///
/// # Errors
/// As [`change_licensing`].
#[server(prefix = "/_fn", endpoint = "change_domains")]
pub async fn change_domains(id: ProductId, #[server(flatten)] form: DomainsForm) -> Result<(), UiError> {
    change(id, form.parse()).await
}

/// Changes the machine rules of a product.
///
/// # Errors
/// As [`change_licensing`].
#[server(prefix = "/_fn", endpoint = "change_machines")]
pub async fn change_machines(id: ProductId, #[server(flatten)] form: MachinesForm) -> Result<(), UiError> {
    change(id, form.parse()).await
}

/// Changes the meters of a product.
///
/// # Errors
/// As [`change_licensing`].
#[server(prefix = "/_fn", endpoint = "change_meters")]
pub async fn change_meters(id: ProductId, #[server(flatten)] form: MetersForm) -> Result<(), UiError> {
    change(id, form.parse()).await
}

/// Changes what customers may do on their page.
///
/// # Errors
/// As [`change_licensing`].
#[server(prefix = "/_fn", endpoint = "change_customers")]
pub async fn change_customers(id: ProductId, #[server(flatten)] form: CustomersForm) -> Result<(), UiError> {
    change(id, form.parse()).await
}

async fn change(id: ProductId, parsed: Result<ProductChange, Vec<FieldError>>) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let change = parsed.map_err(context::validation_error)?;
    match service::product::change(&service, &actor, id, change).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let object = ChangedObject::Product(id);
            Err(context::to_conflict_error(error, object, &[Event::ProductUpdated]).await)
        }
    }
}

/// Archives a product.
///
/// # Errors
/// Returns `conflict` if the product is archived already.
#[server(prefix = "/_fn", endpoint = "archive_product")]
pub async fn archive_product(id: ProductId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::product::archive(&service, &actor, id).await.map(drop).map_err(context::to_ui_error)
}

/// Restores an archived product.
///
/// # Errors
/// Returns `conflict` if the product is not archived.
#[server(prefix = "/_fn", endpoint = "restore_product")]
pub async fn restore_product(id: ProductId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::product::restore(&service, &actor, id).await.map(drop).map_err(context::to_ui_error)
}

/// Deletes an unused product and redirects to the list.
///
/// # Errors
/// Returns `conflict` if licenses or trials of the product exist.
#[server(prefix = "/_fn", endpoint = "delete_product")]
pub async fn delete_product(id: ProductId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::product::delete(&service, &actor, id).await.map_err(context::to_ui_error)?;
    context::redirect("/products");
    Ok(())
}
