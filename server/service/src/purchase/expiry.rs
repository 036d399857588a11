//! Renewals of licenses by payments.

use domain::Timestamp;
use domain::event::Event;
use domain::license::State;
use domain::purchase::{PaidTerms, PurchaseEvent, first_expiry, is_of_taken_over_period, next_expiry};
use domain::webhook::Trigger;

use super::shop::Shop;
use super::view;
use crate::Result;
use crate::license::store_expiry;
use crate::store::entity::{licenses, purchases};
use crate::store::{WriteTxn, convert};

/// Returns what the event is good for that a purchase begins with. A subscription that is taken over has its present
/// period already: the price's period begins with the next payment.
pub(super) fn begin_terms(shop: &Shop, price: Option<&str>, event: &PurchaseEvent) -> PaidTerms {
    let terms = paid_terms(shop, price, event);
    if event.taken_over_until().is_some() { PaidTerms { validity: None, ..terms } } else { terms }
}

/// Returns what a payment of a price is good for.
pub(super) fn paid_terms(shop: &Shop, price: Option<&str>, event: &PurchaseEvent) -> PaidTerms {
    let price = shop.price(price);
    // A trial lasts as long as the provider says.
    let is_trial = event.is_free && event.paid_until.is_some();
    PaidTerms {
        validity: price.filter(|_| !is_trial).and_then(|row| view::validity(row.validity.as_deref())),
        paid_until: event.paid_until,
        restarts: event.restarts,
        is_subscription: event.is_subscription,
        grace_days: convert::to_count(shop.row.grace_days),
    }
}

/// Returns the price that a subscription changed to, if it has terms here.
fn changed_price(shop: &Shop, purchase: &purchases::Model, event: &PurchaseEvent) -> Option<String> {
    let is_kept = event.items.iter().any(|item| purchase.price.as_ref() == Some(&item.price));
    let item = shop.item_with_terms(event).filter(|_| event.is_subscription && !is_kept);
    item.map(|item| item.price.clone())
}

/// Moves the expiry of a locked license by what an event says about it. Returns whether it changed. A revoked license,
/// and one that never expires, stay as they are.
pub(super) async fn extend(
    txn: &mut WriteTxn,
    shop: &Shop,
    purchase: &mut purchases::Model,
    license: licenses::Model,
    event: &PurchaseEvent,
    is_new_payment: bool,
) -> Result<bool> {
    let changed = changed_price(shop, purchase, event);
    // The terms of the price that was paid for: of another one without terms, the period is the provider's.
    let named = event.items.first().map(|item| item.price.as_str());
    let mut terms = paid_terms(shop, named.or(purchase.price.as_deref()), event);
    let is_within = event.payment.is_none() || event.restarts;
    if changed.is_some() && is_within && terms.paid_until.is_some() {
        // A change of price adds no period, and is paid until the end of the provider's, which may be a longer one.
        terms.validity = None;
    }
    if changed.is_some() && event.occurred_at.millis() >= purchase.last_paid_at {
        purchase.price = changed;
    }
    // By any event with a period: those of a new subscription come in any order.
    let begins = event.is_subscription && event.paid_until.is_some() && !purchase.is_subscription;
    purchase.is_subscription |= begins;
    let has_period = terms.validity.is_some();
    if begins && let Some(until) = event.taken_over_until() {
        purchase.taken_over_until = Some(until.millis());
        terms.validity = None;
    }
    let taken_over = convert::to_timestamp(purchase.taken_over_until);
    let is_counted = taken_over.is_some_and(|until| is_of_taken_over_period(event.occurred_at, until));
    // A period that a change began is another one.
    let is_new_payment = is_new_payment && (!is_counted || event.restarts);
    if matches!(convert::license_state(&license)?, State::Revoked { .. }) {
        return Ok(false);
    }
    let current = convert::to_timestamp(license.expires_at);
    let next = if begins {
        // From now, as for a new license, which could not be used before it was issued.
        // The order came before its subscription, whose period replaces the expiry of the template. The period of the
        // price is in force already, and gets its days of grace.
        let replaces = |next: &Timestamp| {
            if has_period { current.is_some_and(|current| *next > current) } else { Some(*next) != current }
        };
        first_expiry(&terms, txn.now()).filter(replaces)
    } else {
        // From the payment, also if its event is applied later: the period after a pause begins with it.
        let paid_at = event.occurred_at.min(txn.now());
        current.and_then(|current| next_expiry(current, &terms, is_new_payment, paid_at))
    };
    let Some(next) = next else { return Ok(false) };
    let trigger = Trigger::Recorded(Event::LicenseRenewed);
    store_expiry(txn, &shop.actor, license, Some(next), trigger).await?;
    Ok(true)
}
