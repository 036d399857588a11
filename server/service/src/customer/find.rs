//! Finds a customer by the address or the id.

use domain::CustomerId;
use domain::customer::CustomerRef;
use domain::permission::Permission;
use sea_orm::{EntityTrait as _, QueryFilter as _};

use crate::store::entity::customers;
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// Returns the id of a customer.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such customer, or the database
/// fails.
#[tracing::instrument(name = "customer.find", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn find(service: &Service, actor: &Actor, customer: &CustomerRef) -> Result<CustomerId> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let row = match customer {
        CustomerRef::Id(id) => scope::customer(db, actor.account, *id).await?,
        CustomerRef::Email(email) => customers::Entity::find()
            .filter(scope::customers_with_emails(service.store.backend(), actor.account, [email.as_str()])?)
            .one(db)
            .await?
            .ok_or(Error::NotFound)?,
    };
    Ok(CustomerId(row.id))
}
