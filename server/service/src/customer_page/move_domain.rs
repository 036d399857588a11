//! Move of an activation to another domain by a customer.

use domain::activation::Kind;
use domain::customer_release::ReleaseAllowance;
use domain::license::{Standing, standing};
use domain::{ActivationId, DomainName, LicenseId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select};

use super::free::{allowance, count_release};
use super::outcome::ReleaseOutcome;
use super::scope;
use super::session::CustomerSession;
use crate::activation::move_locked;
use crate::store::convert;
use crate::store::entity::{activations, licenses};
use crate::{Error, Result, Service};

/// Releases the domain of an activation and activates `to` in its place, in one transaction. Counts as a
/// release by the product's rule. If the activation is gone and `to` is active, nothing is left to do.
///
/// # Errors
/// Returns [`Error::TooManyTries`] after too many changes, [`Error::NotFound`] if the session does not open the
/// license, or another [`Error`] if the database fails.
#[tracing::instrument(name = "customer_page.move_domain", skip_all, fields(license = %license), err(level = "debug"))]
pub async fn move_domain(
    service: &Service,
    session: &CustomerSession,
    license: LicenseId,
    activation: ActivationId,
    to: &DomainName,
    ip: Option<String>,
) -> Result<ReleaseOutcome> {
    service.customer_page_throttle.check_change(&session.name(), ip.as_deref(), service.now())?;
    let mut txn = service.begin_write().await?;
    let (row, product) = scope::lock_license(&txn, session, license).await?;
    if product.apps_stopped {
        return Ok(ReleaseOutcome::SellerSuspended);
    }
    let allowance = allowance(&product, &row, txn.now());
    if allowance == ReleaseAllowance::Never {
        return Ok(ReleaseOutcome::Never);
    }
    // Before the period of the rule: the second request of a double click finds the move done.
    let find = || domains_of(&row);
    if find().filter(activations::Column::Id.eq(activation.0)).one(txn.conn()).await?.is_none() {
        let moved = find().filter(activations::Column::Subject.eq(to.as_str())).one(txn.conn()).await?;
        return Ok(moved.map_or(ReleaseOutcome::Gone, |_| ReleaseOutcome::Done));
    }
    if let Some(refused) = ReleaseOutcome::of_refusal(allowance) {
        return Ok(refused);
    }
    let state = convert::license_state(&row)?;
    if standing(&state, convert::to_timestamp(row.expires_at), txn.now()) != Standing::Active {
        return Ok(ReleaseOutcome::NotActive);
    }
    let actor = scope::actor(session, &row, ip);
    match move_locked(&mut txn, &actor, &row, activation, to).await {
        Ok(()) => {}
        // Without a commit, the activation stays as it was.
        Err(Error::NotFound) => return Ok(ReleaseOutcome::Gone),
        Err(Error::Invalid(_)) => return Ok(ReleaseOutcome::ActiveAlready),
        Err(Error::Conflict(_)) => return Ok(ReleaseOutcome::NoSlot),
        Err(error) => return Err(error),
    }
    count_release(&txn, &row).await?;
    txn.commit().await?;
    Ok(ReleaseOutcome::Done)
}

/// The domains of a license.
fn domains_of(license: &licenses::Model) -> Select<activations::Entity> {
    activations::Entity::find()
        .filter(activations::Column::AccountId.eq(license.account_id))
        .filter(activations::Column::LicenseId.eq(license.id))
        .filter(activations::Column::Kind.eq(Kind::Domain.as_str()))
}
