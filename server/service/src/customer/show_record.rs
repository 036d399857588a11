//! One customer of the management API.

use domain::CustomerId;
use domain::permission::Permission;

use super::record::{CustomerRecord, record};
use crate::store::scope;
use crate::{Actor, Result, Service};

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
