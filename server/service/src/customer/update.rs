//! Changes a customer's name and address.

use domain::CustomerId;
use domain::customer::{Identity, describe_edit};
use domain::event::Event;
use domain::permission::Permission;

use super::identity::{identity, store};
use crate::store::{AuditEvent, scope};
use crate::{Actor, Error, Result, Service};

/// Changes the name and the address of a customer. `before` is what the form showed: a field that the
/// user left as it was keeps the value that another user stored meanwhile.
///
/// # Errors
/// Returns an error if the role lacks the permission, the customer does not exist, another customer has
/// the address, another user changed the same field meanwhile, nothing would be left, or the database
/// fails.
#[tracing::instrument(name = "customer.update", skip_all, fields(account = %actor.account, customer = %id), err(level = "debug"))]
pub async fn update(
    service: &Service,
    actor: &Actor,
    id: CustomerId,
    new: Identity,
    before: Option<&Identity>,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_customer(&txn, actor.account, id).await?;
    let stored = identity(&row);
    let edited = stored.edit(before, new).map_err(|faults| {
        let is_conflict = faults.iter().any(|fault| fault.field.ends_with("_was"));
        if is_conflict { Error::Changed(faults) } else { Error::Invalid(faults) }
    })?;
    if edited == stored {
        return Ok(());
    }
    store(&txn, row, &edited).await?;
    let entry = AuditEvent::customer(Event::CustomerUpdated, id).detail(describe_edit(&stored, &edited));
    txn.record_of_customer(actor, id, entry);
    txn.commit().await
}
