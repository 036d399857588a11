//! Suspensions and revocations by a shop. Only a suspension that the connection itself caused is lifted: it has the
//! same time as the purchase remembers.

use domain::LicenseId;
use domain::event::Event;
use domain::license::{Reason, State};
use domain::purchase::{ShopOutcome, ShopReaction};

use super::shop::{Applied, Shop};
use crate::license::store_state;
use crate::store::entity::{licenses, purchases};
use crate::store::{WriteTxn, convert, scope};
use crate::{Error, Result};

/// Why a shop suspends or revokes a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    PaymentFailed,
    Cancellation,
    Refund,
    Chargeback,
}

impl Cause {
    /// Returns the stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PaymentFailed => "payment_failed",
            Self::Cancellation => "cancellation",
            Self::Refund => "refund",
            Self::Chargeback => "chargeback",
        }
    }

    /// Returns the reason for people.
    fn reason(self, shop: &Shop) -> Option<Reason> {
        let what = match self {
            Self::PaymentFailed => "A payment failed",
            Self::Cancellation => "The subscription ended",
            Self::Refund => "The payment was refunded",
            Self::Chargeback => "The payment was charged back",
        };
        Reason::optional("reason", &format!("{what} ({})", shop.words.provider.label())).ok().flatten()
    }
}

/// What became of a suspension that a payment or a reversal may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lift {
    /// There is none of this cause.
    None,
    /// The license is active again.
    Lifted,
    /// The license stays suspended, because a renewal fails.
    Failing,
}

/// Locks the license of a purchase. `None` if the seller has deleted it.
pub(super) async fn lock_license(
    txn: &WriteTxn,
    shop: &Shop,
    id: LicenseId,
) -> Result<Option<licenses::Model>> {
    match scope::lock_license(txn, shop.actor.account, id).await {
        Err(Error::NotFound) => Ok(None),
        found => found.map(Some),
    }
}

/// Returns the outcome for a license that was deleted. Its renewals issue no other one.
pub(super) fn deleted(id: LicenseId) -> Applied {
    Applied::of(ShopOutcome::Unchanged, id).because("The license was deleted.")
}

/// Suspends the license of a purchase.
pub(super) async fn suspend(
    txn: &mut WriteTxn,
    shop: &Shop,
    purchase: &mut purchases::Model,
    cause: Cause,
) -> Result<Applied> {
    let id = LicenseId(purchase.license_id);
    let Some(row) = lock_license(txn, shop, id).await? else { return Ok(deleted(id)) };
    if is_own_suspension(&row, purchase) {
        let is_for_failure = purchase.suspended_for.as_deref() == Some(Cause::PaymentFailed.as_str());
        // What a payment must not lift stays so, and what the end of a chargeback must not lift.
        let replaces = match cause {
            Cause::PaymentFailed => false,
            Cause::Chargeback => is_for_failure,
            Cause::Cancellation | Cause::Refund => true,
        };
        if replaces {
            purchase.suspended_for = Some(cause.as_str().to_owned());
        }
        return Ok(Applied::of(ShopOutcome::Unchanged, id).because("The license is suspended already."));
    }
    let now = txn.now();
    match convert::license_state(&row)?.suspend(now, cause.reason(shop)) {
        Ok(next) => {
            store_state(txn, &shop.actor, row, Event::LicenseSuspended, &next).await?;
            purchase.suspended_at = Some(now.millis());
            purchase.suspended_for = Some(cause.as_str().to_owned());
            Ok(Applied::of(ShopOutcome::Suspended, id))
        }
        Err(error) => Ok(Applied::of(ShopOutcome::Unchanged, id).because(error.to_string())),
    }
}

/// Revokes the license of a purchase for good.
pub(super) async fn revoke(
    txn: &mut WriteTxn,
    shop: &Shop,
    purchase: &purchases::Model,
    cause: Cause,
) -> Result<Applied> {
    let id = LicenseId(purchase.license_id);
    let Some(row) = lock_license(txn, shop, id).await? else { return Ok(deleted(id)) };
    match convert::license_state(&row)?.revoke(txn.now(), cause.reason(shop)) {
        Ok(next) => {
            store_state(txn, &shop.actor, row, Event::LicenseRevoked, &next).await?;
            Ok(Applied::of(ShopOutcome::Revoked, id))
        }
        Err(error) => Ok(Applied::of(ShopOutcome::Unchanged, id).because(error.to_string())),
    }
}

/// Lifts the suspension that the connection caused by `cause`. If a renewal fails, which suspends licenses of this
/// connection, the suspension stays for that.
pub(super) async fn lift(
    txn: &mut WriteTxn,
    shop: &Shop,
    purchase: &mut purchases::Model,
    cause: Cause,
) -> Result<Lift> {
    if purchase.suspended_for.as_deref() != Some(cause.as_str()) {
        return Ok(Lift::None);
    }
    let Some(row) = lock_license(txn, shop, LicenseId(purchase.license_id)).await? else {
        return Ok(Lift::None);
    };
    let is_own = is_own_suspension(&row, purchase);
    if is_own && cause != Cause::PaymentFailed && fails(shop, purchase) {
        purchase.suspended_for = Some(Cause::PaymentFailed.as_str().to_owned());
        return Ok(Lift::Failing);
    }
    (purchase.suspended_at, purchase.suspended_for) = (None, None);
    if !is_own {
        return Ok(Lift::None);
    }
    store_state(txn, &shop.actor, row, Event::LicenseReinstated, &State::Active).await?;
    Ok(Lift::Lifted)
}

/// Returns whether a renewal fails for which the license is suspended.
fn fails(shop: &Shop, purchase: &purchases::Model) -> bool {
    let is_unpaid = purchase.last_failed_at.is_some_and(|failed| failed > purchase.last_paid_at);
    is_unpaid && shop.words.on_payment_failed != ShopReaction::Nothing
}

/// Returns whether the license is suspended since the connection suspended it.
fn is_own_suspension(row: &licenses::Model, purchase: &purchases::Model) -> bool {
    row.state == "suspended" && row.state_at.is_some() && row.state_at == purchase.suspended_at
}
