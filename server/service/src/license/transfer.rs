//! Transfers a license to another customer.

use domain::bounded_text::Name;
use domain::customer::NameChoice;
use domain::event::Event;
use domain::permission::Permission;
use domain::{CustomerId, Email, LicenseId};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use crate::store::entity::{customers, licenses};
use crate::store::{AuditEvent, Changes, WriteTxn, scope};
use crate::{Actor, Error, Result, Service, customer};

/// The customer that a license is transferred to.
#[derive(Debug, Clone, Default)]
pub struct NewHolder {
    /// The customer's name.
    pub name: Option<Name>,
    /// The customer's address; the same address is the same customer.
    pub email: Option<Email>,
    /// What to do if the customer with this address has another name.
    pub name_choice: NameChoice,
}

/// Transfers a license to the customer with this address, or to a new customer. Asks about another
/// name of a known customer.
///
/// # Errors
/// Same as [`transfer_to`].
pub async fn transfer(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    name: Option<&Name>,
    email: Option<&Email>,
) -> Result<()> {
    let holder = NewHolder { name: name.cloned(), email: email.cloned(), name_choice: NameChoice::Ask };
    transfer_to(service, actor, id, &holder).await
}

/// Transfers a license to the customer with this address, or to a new customer. Key, activations and
/// terms stay. A license of any standing can be transferred.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, neither name nor
/// address is given, or the database fails; [`Error::OtherName`] if the customer has another name.
#[tracing::instrument(name = "license.transfer", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn transfer_to(service: &Service, actor: &Actor, id: LicenseId, holder: &NewHolder) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let (name, email) = (holder.name.as_ref(), holder.email.as_ref());
    if name.is_none() && email.is_none() {
        return Err(Error::invalid("customer_email", "The address or the name of the customer is required."));
    }
    let mut txn = service.begin_write().await?;
    // Before the customer, so that a missing license is reported as such; locked after it, because
    // customers are locked before licenses.
    scope::license(txn.conn(), actor.account, id).await?;
    let customer = customer::find_or_insert(&mut txn, actor, name, email, holder.name_choice).await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    if row.customer_id == Some(customer.id) {
        return txn.commit().await;
    }
    store_holder(&mut txn, actor, row, &customer).await?;
    txn.commit().await
}

/// Stores the new holder of a license, both of which are locked, and records it.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn store_holder(
    txn: &mut WriteTxn,
    actor: &Actor,
    row: licenses::Model,
    customer: &customers::Model,
) -> Result<()> {
    let (id, holder) = (LicenseId(row.id), CustomerId(customer.id));
    let named = customer.name.clone().or_else(|| customer.email.clone());
    let entry = AuditEvent::license(Event::LicenseTransferred, id)
        .detail(named.unwrap_or_default())
        .with_payload("customer_id", customer.id.to_string())
        .with_payload("former_customer_id", row.customer_id.map(|former| former.to_string()))
        .changes(Changes::of_holder(row.customer_id, Some(customer.id)));
    let mut update = row.into_active_model();
    update.customer_id = Set(Some(customer.id));
    update.updated_at = Set(txn.now().millis());
    update.update(txn.conn()).await?;
    txn.record_of_customer(actor, holder, entry);
    Ok(())
}
