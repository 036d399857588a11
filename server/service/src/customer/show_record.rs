//! One customer of the management API, for the seller or for the customer.

use domain::CustomerId;
use domain::permission::Permission;

use super::record::{CustomerRecord, record};
use crate::store::scope;
use crate::{Actor, Error, Principal, Result, Service};

/// Returns a customer of the account with organization, tags and metadata.
///
/// # Errors
/// Returns an error if the role lacks the permission, the customer does not exist, or the database fails.
#[tracing::instrument(name = "customer.show_record", skip_all, fields(account = %actor.account, customer = %id), err(level = "debug"))]
pub async fn show_record(service: &Service, actor: &Actor, id: CustomerId) -> Result<CustomerRecord> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let row = scope::customer(db, actor.account, id).await?;
    record(db, actor.account, row).await
}

/// Returns the customer who signed in, as far as the seller shows it to the customer.
///
/// # Errors
/// [`Error::Forbidden`] if the actor is no customer, [`Error::NotFound`] if it was just deleted, or an error of the
/// database.
#[tracing::instrument(name = "customer.show_own_record", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn show_own_record(service: &Service, actor: &Actor) -> Result<CustomerRecord> {
    let Principal::Customer { customer: Some(customer), .. } = &actor.principal else {
        return Err(Error::Forbidden);
    };
    let db = service.store.read();
    let row = scope::customer(db, actor.account, *customer).await?;
    Ok(record(db, actor.account, row).await?.shown_to_customer())
}
