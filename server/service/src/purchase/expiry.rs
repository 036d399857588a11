//! Renewals of licenses by payments.

use domain::event::Event;
use domain::license::State;
use domain::purchase::{PaidTerms, PurchaseEvent, PurchaseKind, first_expiry, next_expiry};
use domain::webhook::Trigger;

use super::shop::Shop;
use super::view;
use crate::Result;
use crate::license::store_expiry;
use crate::store::entity::{licenses, purchases};
use crate::store::{WriteTxn, convert};

/// Returns what a payment of a price is good for.
pub(super) fn paid_terms(shop: &Shop, price: Option<&str>, event: &PurchaseEvent) -> PaidTerms {
    let price = shop.price(price);
    PaidTerms {
        validity: price.and_then(|row| view::validity(row.validity.as_deref())),
        paid_until: event.paid_until,
        is_subscription: event.is_subscription,
        grace_days: convert::to_count(shop.row.grace_days),
    }
}

/// Moves the expiry of a locked license. Returns whether it changed. A revoked license, and one that never expires,
/// stay as they are.
pub(super) async fn extend(
    txn: &mut WriteTxn,
    shop: &Shop,
    purchase: &mut purchases::Model,
    license: licenses::Model,
    event: &PurchaseEvent,
    is_new_payment: bool,
) -> Result<bool> {
    let terms = paid_terms(shop, purchase.price.as_deref(), event);
    let begins = event.kind == PurchaseKind::Purchased && event.is_subscription && !purchase.is_subscription;
    purchase.is_subscription |= event.is_subscription;
    if matches!(convert::license_state(&license)?, State::Revoked { .. }) {
        return Ok(false);
    }
    let current = convert::to_timestamp(license.expires_at);
    let next = if begins && terms.validity.is_none() {
        // The order came before its subscription, whose period replaces the expiry of the template.
        first_expiry(&terms, txn.now()).filter(|next| Some(*next) != current)
    } else {
        current.and_then(|current| next_expiry(current, &terms, is_new_payment, txn.now()))
    };
    let Some(next) = next else { return Ok(false) };
    let trigger = Trigger::Recorded(Event::LicenseRenewed);
    store_expiry(txn, &shop.actor, license, Some(next), trigger).await?;
    Ok(true)
}
