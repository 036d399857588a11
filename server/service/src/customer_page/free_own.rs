//! Release of a machine by a customer who has signed in at the API.

use domain::activation::Kind;
use domain::{ActivationId, LicenseId, ProductId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::free::release_by_rule;
use super::outcome::ReleaseOutcome;
use crate::store::entity::activations;
use crate::store::scope;
use crate::{Actor, Error, Principal, Result, Service};

/// Releases a machine of the customer's own licenses, by the rule and the limits of the customer's page
/// ([`super::free()`]).
///
/// # Errors
/// Returns [`Error::Forbidden`] if the principal is no customer, [`Error::NotFound`] if none of the customer's
/// licenses has the machine, [`Error::TooManyTries`] after too many changes, or another [`Error`] if the database
/// fails.
#[tracing::instrument(name = "customer_page.free_own", skip_all, fields(account = %actor.account, activation = %activation), err(level = "debug"))]
pub async fn free_own(service: &Service, actor: &Actor, activation: ActivationId) -> Result<ReleaseOutcome> {
    let Principal::Customer { customer: Some(customer), ip } = &actor.principal else {
        return Err(Error::Forbidden);
    };
    // The name of a session that a link opened, so that both count together.
    let holder = format!("customer {customer}");
    service.customer_page_throttle.check_change(&holder, ip.as_deref(), service.now())?;
    let found = activations::Entity::find_by_id(activation.0)
        .filter(activations::Column::AccountId.eq(actor.account.0))
        .filter(activations::Column::Kind.eq(Kind::Machine.as_str()))
        .one(service.store.read())
        .await?
        .ok_or(Error::NotFound)?;
    let mut txn = service.begin_write().await?;
    let license = scope::lock_license(&txn, actor.account, LicenseId(found.license_id)).await?;
    // Under the lock: another request may have transferred the license.
    if license.customer_id != Some(customer.0) {
        return Err(Error::NotFound);
    }
    let product = scope::product(txn.conn(), actor.account, ProductId(license.product_id)).await?;
    let outcome = release_by_rule(&mut txn, actor, &license, &product, activation).await?;
    match outcome {
        ReleaseOutcome::Done => txn.commit().await.map(|()| ReleaseOutcome::Done),
        // Another request has released the machine since it was read.
        ReleaseOutcome::Gone => Err(Error::NotFound),
        refused => Ok(refused),
    }
}
