//! Sends a license key to the customer by mail.

use domain::license::State;
use domain::permission::Permission;
use domain::{CustomerId, LicenseId};

use super::key_mail::queue_keys;
use super::reveal_key::unseal_key;
use crate::store::{convert, scope};
use crate::{Actor, Error, Result, Service, form_token};

/// Queues a mail with the key to the license's customer. The audit log names the address.
///
/// A request with a `form_token` that was used before sends nothing.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database fails;
/// [`Error::Conflict`] if mail is off, the license is revoked, or it has no customer with an address.
#[tracing::instrument(name = "license.send_key", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn send_key(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    form_token: Option<&str>,
) -> Result<()> {
    actor.require(Permission::RevealKey)?;
    let mut txn = service.begin_write().await?;
    let found = scope::license(txn.conn(), actor.account, id).await?;
    service.mailer()?;
    let without_address = || Error::Conflict("The license has no customer with an address.".into());
    let holder = found.customer_id.map(CustomerId).ok_or_else(without_address)?;
    // Customers are locked before licenses. The lock keeps an erasure of the customer off.
    let customer = scope::lock_customer(&txn, actor.account, holder).await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    if row.customer_id != Some(customer.id) {
        return Err(Error::Conflict("Another member has just transferred this license. Try again.".into()));
    }
    if customer.email.is_none() {
        return Err(without_address());
    }
    if matches!(convert::license_state(&row)?, State::Revoked { .. }) {
        return Err(Error::Conflict("This license is revoked. Its key works no more.".into()));
    }
    if let Some(token) = form_token
        && !form_token::mark_used(&txn, actor, token).await?
    {
        return Ok(());
    }
    let product = scope::product(txn.conn(), actor.account, domain::ProductId(row.product_id)).await?;
    let key = unseal_key(service, &row)?.expose().to_owned();
    queue_keys(&mut txn, &service.keys, actor, &product.name, &customer, vec![(id, key)]).await?;
    txn.commit().await
}
