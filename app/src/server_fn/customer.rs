//! Server functions of customers.

use domain::event::Event;
use domain::view::{CustomerHit, CustomerPage, CustomerQuery, CustomerView};
use domain::{CustomerId, LicenseId};
use leptos::prelude::*;
use service::audit::ChangedObject;

use crate::UiError;
use crate::context;
use crate::form;
use crate::form::CustomerForm;

/// Returns a page of the account's customers.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "customers")]
pub async fn customers(query: CustomerQuery) -> Result<CustomerPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::customer::list(&service, &actor, &query).await.map_err(context::to_ui_error)
}

/// Returns a customer with a page of licenses. The cursor `before` selects older licenses.
///
/// # Errors
/// Returns `not_found` if the customer does not exist.
#[server(prefix = "/_fn", endpoint = "customer")]
pub async fn customer(id: String, before: Option<LicenseId>) -> Result<CustomerView, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: CustomerId = context::parse_id(&id)?;
    service::customer::show(&service, &actor, id, before).await.map_err(context::to_ui_error)
}

/// Returns at most 8 customers that a text may mean, while a user types it.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "find_customers")]
pub async fn find_customers(q: String) -> Result<Vec<CustomerHit>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::customer::suggest(&service, &actor, &q).await.map_err(context::to_ui_error)
}

/// Searches customers. A license key in the search leads to its license. The form is posted, so that no
/// key gets into a URL.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "search_customers")]
pub async fn search_customers(q: String) -> Result<(), UiError> {
    use service::license::KeyInText;
    let (service, actor) = (context::service()?, context::actor()?);
    let found = service::license::find_in_text(&service, &actor, &q).await.map_err(context::to_ui_error)?;
    let search = match found {
        KeyInText::License(id) => {
            context::redirect(&format!("/licenses/{id}"));
            return Ok(());
        }
        KeyInText::Unknown { last_four } => last_four,
        KeyInText::None => q.trim().to_owned(),
    };
    context::redirect(&form::url_of_customer_query(&CustomerQuery { search, cursor: None }));
    Ok(())
}

/// Changes a customer.
///
/// # Errors
/// Returns `invalid` for an invalid field and for an address of another customer, and `changed` for a field that
/// another member changed since the form was rendered.
#[server(prefix = "/_fn", endpoint = "update_customer")]
pub async fn update_customer(id: CustomerId, #[server(flatten)] form: CustomerForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let parsed = form.parse().map_err(context::validation_error)?;
    let edit = service::customer::CustomerEdit {
        name: parsed.name,
        identity: parsed.identity,
        shown: parsed.shown,
        company: parsed.company,
        organization: parsed.organization,
        tags: parsed.tags,
        metadata: parsed.metadata,
    };
    match service::customer::edit(&service, &actor, id, edit).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let object = ChangedObject::Customer(id);
            Err(context::to_conflict_error(error, object, &[Event::CustomerUpdated]).await)
        }
    }
}

/// Merges another customer into this one.
///
/// # Errors
/// Returns `invalid` if `other` names no other customer.
#[server(prefix = "/_fn", endpoint = "merge_customers")]
pub async fn merge_customers(id: CustomerId, other: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::customer::find(&service, &actor, &domain::customer::CustomerRef::Id(id))
        .await
        .map_err(context::to_ui_error)?;
    let other = form::parse_other_customer(&other).map_err(context::validation_error)?;
    let other = service::customer::find(&service, &actor, &other).await.map_err(|error| match error {
        service::Error::NotFound => {
            let message = "There is no such customer. Check the address, or search for the customer.";
            context::validation_error(vec![domain::FieldError::new("other", message)])
        }
        error => context::to_ui_error(error),
    })?;
    let merged = service::customer::merge(&service, &actor, id, other).await;
    merged.map(|_| ()).map_err(context::to_ui_error)
}

/// Erases the name and the address of a customer.
///
/// # Errors
/// Returns `forbidden` if the role does not allow it.
#[server(prefix = "/_fn", endpoint = "erase_customer")]
pub async fn erase_customer(id: CustomerId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::customer::erase(&service, &actor, id).await.map_err(context::to_ui_error)
}
