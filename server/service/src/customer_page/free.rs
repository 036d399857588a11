//! Release of an activation by a customer.

use domain::customer_release::ReleaseAllowance;
use domain::event::Event;
use domain::{ActivationId, CustomerRelease, LicenseId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::outcome::ReleaseOutcome;
use super::scope;
use super::session::CustomerSession;
use crate::activation::release;
use crate::store::entity::{activations, licenses, products};
use crate::store::{WriteTxn, convert};
use crate::{Actor, Result, Service};

/// Releases an activation, if the product's rule allows it now. The rule is checked under the lock of the
/// license, so that of two requests at once only one counts. A machine without a network is released only after
/// its response has ended. Works for every standing, like a deactivation by
/// an app, but not while the operator has stopped the seller's apps.
///
/// # Errors
/// Returns [`crate::Error::TooManyTries`] after too many changes, [`crate::Error::NotFound`] if the session does
/// not open the license, or another [`crate::Error`] if the database fails.
#[tracing::instrument(name = "customer_page.free", skip_all, fields(license = %license), err(level = "debug"))]
pub async fn free(
    service: &Service,
    session: &CustomerSession,
    license: LicenseId,
    activation: ActivationId,
    ip: Option<String>,
) -> Result<ReleaseOutcome> {
    service.customer_page_throttle.check_change(&session.name(), ip.as_deref(), service.now())?;
    let mut txn = service.begin_write().await?;
    let (row, product) = scope::lock_license(&txn, session, license).await?;
    let actor = scope::actor(session, &row, ip);
    let outcome = release_by_rule(&mut txn, &actor, &row, &product, activation).await?;
    if outcome == ReleaseOutcome::Done {
        txn.commit().await?;
    }
    Ok(outcome)
}

/// Releases an activation of the license, if the product's rule allows it now. The transaction must hold the lock
/// of the license, and commits only after [`ReleaseOutcome::Done`].
pub(super) async fn release_by_rule(
    txn: &mut WriteTxn,
    actor: &Actor,
    license: &licenses::Model,
    product: &products::Model,
    activation: ActivationId,
) -> Result<ReleaseOutcome> {
    let found = activations::Entity::find_by_id(activation.0)
        .filter(activations::Column::AccountId.eq(license.account_id))
        .filter(activations::Column::LicenseId.eq(license.id))
        .one(txn.conn())
        .await?;
    if product.apps_stopped {
        return Ok(ReleaseOutcome::SellerSuspended);
    }
    let Some(found) = found else { return Ok(ReleaseOutcome::Gone) };
    if let Some(refused) = ReleaseOutcome::of_refusal(allowance(product, license, txn.now())) {
        return Ok(refused);
    }
    let response = convert::offline_response(&found);
    if let Some(refused) = ReleaseOutcome::of_running_response(response, txn.now()) {
        return Ok(refused);
    }
    release(txn, actor, &found, Event::ActivationDeleted).await?;
    // The end of a development host frees no slot, so that it does not use the period up.
    if convert::is_in_slot(&found) {
        count_release(txn, license).await?;
    }
    Ok(ReleaseOutcome::Done)
}

/// Returns whether a customer may free an activation of the license now.
pub(super) fn allowance(
    product: &products::Model,
    license: &licenses::Model,
    now: Timestamp,
) -> ReleaseAllowance {
    let rule = CustomerRelease::from_storage(product.customer_release_days);
    rule.allowance(convert::to_timestamp(license.customer_released_at), now)
}

/// Stores the time of a release by the customer, also if the rule is "always": it may change. The transaction
/// must hold the lock of the license.
pub(super) async fn count_release(txn: &WriteTxn, license: &licenses::Model) -> Result<()> {
    licenses::Entity::update_many()
        .col_expr(licenses::Column::CustomerReleasedAt, Expr::value(txn.now().millis()))
        .filter(licenses::Column::Id.eq(license.id))
        .exec(txn.conn())
        .await?;
    Ok(())
}
