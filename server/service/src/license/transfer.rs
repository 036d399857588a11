//! Transfers a license to another customer.

use domain::bounded_text::Name;
use domain::event::Event;
use domain::permission::Permission;
use domain::{Email, LicenseId};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use crate::store::{AuditEvent, scope};
use crate::{Actor, Error, Result, Service, customer};

/// Transfers a license to the customer with this address, or to a new customer. Key, activations and
/// terms stay. A license of any standing can be transferred.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, neither name nor
/// address is given, or the database fails.
#[tracing::instrument(name = "license.transfer", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn transfer(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    name: Option<&Name>,
    email: Option<&Email>,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    if name.is_none() && email.is_none() {
        return Err(Error::invalid("customer_email", "The address or the name of the customer is required."));
    }
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    let customer = customer::find_or_insert(txn.conn(), actor.account, name, email, service.now()).await?;
    if row.customer_id == Some(customer.id) {
        return txn.commit().await;
    }
    let entry = AuditEvent::license(Event::LicenseTransferred, id)
        .detail(customer.name.or(customer.email).unwrap_or_default())
        .with_payload("customer_id", customer.id.to_string())
        .with_payload("former_customer_id", row.customer_id.map(|former| former.to_string()));
    let mut update = row.into_active_model();
    update.customer_id = Set(Some(customer.id));
    update.updated_at = Set(service.now().millis());
    update.update(txn.conn()).await?;
    // Machine tokens hold the customer's name, which this call may have added.
    txn.invalidate(customer.id);
    txn.record(actor, entry);
    txn.commit().await
}
