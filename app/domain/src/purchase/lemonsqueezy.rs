//! Events of Lemon Squeezy. They have no id and no time of their own. A subscription sends an order and a
//! subscription, in any order, which name each other by the order's id.

use serde_json::Value;

use super::event::{PricedItem, PurchaseEvent, PurchaseKind};
use super::json::{at, flag, id, number, quantity, text, time};
use super::refund::PART_GIVEN_BACK;
use crate::Timestamp;

/// Parses an event. `None` if the body is none.
pub(super) fn parse(json: &Value) -> Option<PurchaseEvent> {
    let data = at(json, "data")?;
    let object = at(data, "attributes").filter(|attributes| attributes.is_object())?;
    let name = text(json, "meta.event_name")?;
    let occurred_at = time(object, "updated_at").or_else(|| time(object, "created_at"))?;
    let data_id = id(data, "id")?;
    let mut event = PurchaseEvent::new(None, name, occurred_at);
    event.is_test = flag(json, "meta.test_mode") == Some(true) || flag(object, "test_mode") == Some(true);
    event.buyer = id(object, "customer_id");
    event.set_customer(text(object, "user_email"), text(object, "user_name"));
    match name {
        "order_created" => {
            if text(object, "status") == Some("paid") {
                event.kind = PurchaseKind::Purchased;
            }
            event.refer_payment(Some(order(&data_id)));
            event.items = variant(object, "first_order_item.variant_id", "first_order_item.quantity");
        }
        "order_refunded" => {
            refund(&mut event, object);
            event.refer_payment(Some(order(&data_id)));
        }
        "subscription_created" | "subscription_updated" | "subscription_expired" => {
            event.kind = match (name, text(object, "status")) {
                ("subscription_created", _) => PurchaseKind::Purchased,
                ("subscription_expired", _) => PurchaseKind::Canceled,
                // It may come before the others of a new subscription.
                (_, Some("active" | "on_trial")) if is_new(object, occurred_at) => PurchaseKind::Purchased,
                (_, Some("active" | "on_trial")) => PurchaseKind::Paid,
                _ => PurchaseKind::Ignored,
            };
            event.is_subscription = true;
            event.refer(Some(subscription(&data_id)));
            event.refer(id(object, "order_id").map(|id| order(&id)));
            // Without a failed payment, the next payment ends the paid period.
            event.is_free = text(object, "status") == Some("on_trial");
            let ends = if event.is_free { "trial_ends_at" } else { "renews_at" };
            event.paid_until = time(object, ends);
            event.items = variant(object, "variant_id", "first_subscription_item.quantity");
        }
        "subscription_payment_success"
        | "subscription_payment_failed"
        | "subscription_payment_recovered"
        | "subscription_payment_refunded" => {
            payment(&mut event, object, format!("subscription-invoice:{data_id}"));
        }
        _ => {}
    }
    Some(event)
}

/// An invoice of a subscription that was paid, not paid, or given back.
fn payment(event: &mut PurchaseEvent, invoice: &Value, invoice_id: String) {
    event.is_subscription = true;
    event.refer(id(invoice, "subscription_id").map(|id| subscription(&id)));
    let reason = text(invoice, "billing_reason");
    match (event.name.as_str(), reason) {
        ("subscription_payment_failed", Some("renewal")) => event.kind = PurchaseKind::PaymentFailed,
        ("subscription_payment_failed", _) => {
            event.ignore("The payment that failed is not for a renewal.");
        }
        ("subscription_payment_recovered", _) => event.kind = PurchaseKind::Recovered,
        ("subscription_payment_refunded", _) => {
            refund(event, invoice);
            event.payments.push(invoice_id);
        }
        // Its order issues the license. The invoice is noted, so that its refund is known as one of the first period.
        (_, Some("initial")) => {
            event.kind = PurchaseKind::Linked;
            event.payments.push(invoice_id.clone());
            event.payment = Some(invoice_id);
        }
        (_, Some("renewal")) => {
            event.kind = PurchaseKind::Paid;
            event.payments.push(invoice_id.clone());
            event.payment = Some(invoice_id);
        }
        // A change of the subscription.
        _ => {
            event.kind = PurchaseKind::Linked;
            event.payments.push(invoice_id);
        }
    }
}

/// A part that was given back leaves the purchase in force.
fn refund(event: &mut PurchaseEvent, object: &Value) {
    event.kind = PurchaseKind::Refunded;
    if !is_full_refund(object) {
        event.ignore(PART_GIVEN_BACK);
    }
}

/// Returns whether a subscription began within a day. No subscription is renewed earlier.
fn is_new(subscription: &Value, at: Timestamp) -> bool {
    time(subscription, "created_at").is_some_and(|created| at < created.plus_days(1))
}

fn order(id: &str) -> String {
    format!("order:{id}")
}

fn subscription(id: &str) -> String {
    format!("subscription:{id}")
}

fn variant(object: &Value, path: &str, of_quantity: &str) -> Vec<PricedItem> {
    let price = id(object, path);
    price.map(|price| PricedItem::new(price, quantity(object, of_quantity))).into_iter().collect()
}

/// Returns whether all was given back. Older events have a switch alone.
fn is_full_refund(object: &Value) -> bool {
    let (refunded, total) = (number(object, "refunded_amount"), number(object, "total"));
    if matches!((refunded, total), (Some(refunded), Some(total)) if refunded < total) {
        return false;
    }
    match text(object, "status") {
        Some("refunded") => true,
        Some("partial_refund") => false,
        _ => flag(object, "refunded") == Some(true),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(name: &str, id: &str, attributes: &Value) -> PurchaseEvent {
        let mut attributes = attributes.clone();
        attributes["updated_at"] = json!("2026-03-01T10:00:00.000000Z");
        let body = json!({
            "meta": {"event_name": name, "test_mode": false},
            "data": {"type": "orders", "id": id, "attributes": attributes},
        });
        parse(&body).expect("an event")
    }

    #[test]
    fn an_order_and_its_subscription_name_each_other() {
        let order = json!({
            "status": "paid", "user_email": "ada@example.com", "user_name": "Ada", "customer_id": 7,
            "first_order_item": {"variant_id": 42, "quantity": 2},
        });
        let order = parsed("order_created", "1", &order);
        assert_eq!((order.kind, order.references), (PurchaseKind::Purchased, vec!["order:1".to_owned()]));
        assert_eq!(order.items, [PricedItem::new("42".into(), 2)]);
        let subscription = json!({
            "status": "active", "order_id": 1, "variant_id": 42, "renews_at": "2026-04-01T10:00:00.000000Z",
            "user_email": "ada@example.com", "first_subscription_item": {"quantity": 2},
        });
        let created = parsed("subscription_created", "9", &subscription);
        assert_eq!(created.kind, PurchaseKind::Purchased);
        assert_eq!(created.references, ["subscription:9", "order:1"]);
        assert_eq!(created.paid_until.map(crate::Timestamp::date).as_deref(), Some("2026-04-01"));
        let updated = parsed("subscription_updated", "9", &subscription);
        assert_eq!((updated.kind, updated.payment), (PurchaseKind::Paid, None));
        let trial = json!({"status": "on_trial", "trial_ends_at": "2026-03-15T10:00:00Z"});
        let trial = parsed("subscription_created", "9", &trial);
        assert_eq!((trial.is_free, trial.paid_until.is_some(), created.is_free), (true, true, false));
        let past_due = json!({"status": "past_due", "order_id": 1, "renews_at": "2026-04-08T10:00:00Z"});
        assert_eq!(parsed("subscription_updated", "9", &past_due).kind, PurchaseKind::Ignored);
    }

    #[test]
    fn a_change_on_the_first_day_is_part_of_the_purchase() {
        let updated = |created_at: &str| {
            let subscription = json!({"status": "active", "order_id": 1, "created_at": created_at});
            parsed("subscription_updated", "9", &subscription).kind
        };
        assert_eq!(updated("2026-03-01T09:59:00.000000Z"), PurchaseKind::Purchased);
        assert_eq!(updated("2026-02-28T10:00:00.000000Z"), PurchaseKind::Paid);
    }

    #[test]
    fn a_later_change_takes_over_a_subscription_and_a_payment_does_not() {
        let subscription = json!({"status": "active", "order_id": 1, "renews_at": "2026-04-01T10:00:00Z"});
        let taken_over = |name: &str| parsed(name, "9", &subscription).taken_over_until();
        let until = taken_over("subscription_updated").map(Timestamp::date);
        assert_eq!(until.as_deref(), Some("2026-04-01"));
        assert_eq!(taken_over("subscription_created"), None);
        let payment = json!({"subscription_id": 9, "billing_reason": "renewal", "status": "paid"});
        assert_eq!(parsed("subscription_payment_success", "5", &payment).taken_over_until(), None);
    }

    #[test]
    fn test_mode_is_read_from_either_place() {
        let of_mode = |meta: bool, attribute: bool| {
            let body = json!({
                "meta": {"event_name": "order_created", "test_mode": meta},
                "data": {"id": "1", "attributes": {
                    "status": "paid", "test_mode": attribute, "updated_at": "2026-03-01T10:00:00.000000Z",
                }},
            });
            parse(&body).expect("an event").is_test
        };
        assert!(of_mode(true, false) && of_mode(false, true));
        assert!(!of_mode(false, false));
    }

    #[test]
    fn the_first_payment_is_part_of_the_purchase() {
        let payment = |name: &str, reason: &str| {
            parsed(name, "5", &json!({"subscription_id": 9, "billing_reason": reason, "status": "paid"}))
        };
        let first = payment("subscription_payment_success", "initial");
        assert_eq!(
            (first.kind, first.known_payment().is_some_and(|it| it.pays_period)),
            (PurchaseKind::Linked, true)
        );
        let change = payment("subscription_payment_success", "updated");
        assert_eq!(
            (change.kind, change.known_payment().map(|it| it.pays_period)),
            (PurchaseKind::Linked, Some(false))
        );
        let renewal = payment("subscription_payment_success", "renewal");
        assert_eq!(
            (renewal.kind, renewal.payment.as_deref()),
            (PurchaseKind::Paid, Some("subscription-invoice:5"))
        );
        assert_eq!(renewal.references, ["subscription:9"]);
        assert_eq!(payment("subscription_payment_failed", "renewal").kind, PurchaseKind::PaymentFailed);
        for reason in ["initial", "updated"] {
            assert_eq!(
                payment("subscription_payment_failed", reason).kind,
                PurchaseKind::Ignored,
                "{reason}"
            );
        }
        assert_eq!(payment("subscription_payment_recovered", "renewal").kind, PurchaseKind::Recovered);
    }

    #[test]
    fn full_refunds_count() {
        let refund =
            |status: &str| parsed("order_refunded", "1", &json!({"status": status, "refunded": true})).kind;
        assert_eq!(refund("refunded"), PurchaseKind::Refunded);
        assert_eq!(refund("partial_refund"), PurchaseKind::Ignored);
        let of_amounts = json!({"status": "refunded", "refunded_amount": 400, "total": 900});
        let part = parsed("order_refunded", "1", &of_amounts);
        assert_eq!((part.kind, part.why.is_some()), (PurchaseKind::Ignored, true));
        let ended = json!({"status": "expired", "order_id": 1});
        assert_eq!(parsed("subscription_expired", "9", &ended).kind, PurchaseKind::Canceled);
    }
}
