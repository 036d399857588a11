//! Events of Paddle Billing. A transaction names its customer by an id alone; the address comes with
//! `customer.created` or `customer.updated`, or in the custom data of the checkout. A sandbox is an account of its own,
//! with secrets of its own, so that no event says that it is a test.

use serde_json::Value;

use super::event::{PricedItem, PurchaseEvent, PurchaseKind};
use super::json::{at, id, list, quantity, text, time};
use super::refund::PART_GIVEN_BACK;

/// Parses an event. `None` if the body is none.
pub(super) fn parse(json: &Value) -> Option<PurchaseEvent> {
    let data = at(json, "data").filter(|data| data.is_object())?;
    let name = text(json, "event_type")?;
    let mut event = PurchaseEvent::new(Some(text(json, "event_id")?), name, time(json, "occurred_at")?);
    event.buyer = id(data, "customer_id");
    match name {
        "transaction.completed" => transaction(&mut event, data),
        "transaction.past_due" => {
            event.kind = PurchaseKind::PaymentFailed;
            if text(data, "origin") != Some("subscription_recurring") {
                event.ignore("The payment that failed is not for a renewal.");
            }
            event.refer(id(data, "subscription_id"));
            event.items = items(data);
        }
        // Shops that were connected by an earlier version choose it. It does not tell which payment failed; changes of a
        // plan that are not paid are undone by default.
        "subscription.past_due" => {
            event.kind = PurchaseKind::PaymentFailed;
            event.refer(id(data, "id"));
            event.items = items(data);
        }
        "subscription.canceled" => {
            event.kind = PurchaseKind::Canceled;
            event.refer(id(data, "id"));
            event.items = items(data);
        }
        "adjustment.created" | "adjustment.updated" => {
            adjustment(&mut event, data);
            event.refer_payment(id(data, "transaction_id"));
            event.refer(id(data, "subscription_id"));
        }
        "customer.created" | "customer.updated" => {
            event.kind = PurchaseKind::Buyer;
            event.buyer = id(data, "id");
            event.refer(id(data, "id"));
            event.set_customer(text(data, "email"), text(data, "name"));
        }
        _ => {}
    }
    Some(event)
}

fn transaction(event: &mut PurchaseEvent, data: &Value) {
    let subscription = id(data, "subscription_id");
    event.is_subscription = subscription.is_some();
    let origin = text(data, "origin");
    event.kind = match (&subscription, origin) {
        // It charges nothing, and so makes up for no failed payment.
        (_, Some("subscription_payment_method_change")) => PurchaseKind::Ignored,
        (Some(_), Some(origin)) if origin.starts_with("subscription_") => PurchaseKind::Paid,
        _ => PurchaseKind::Purchased,
    };
    // Charges beside the schedule and changes of price pay for no further period.
    let pays_period = match origin {
        Some(origin) => !origin.starts_with("subscription_") || origin == "subscription_recurring",
        None => true,
    };
    event.payment = id(data, "id").filter(|_| event.is_subscription && pays_period);
    event.refer(subscription);
    event.refer_payment(id(data, "id"));
    event.paid_until = time(data, "billing_period.ends_at").filter(|_| event.is_subscription);
    // Before discounts: a trial is free, and a period that a coupon pays for is not.
    event.is_free = event.is_subscription && text(data, "details.totals.subtotal") == Some("0");
    event.items = items(data);
    event.set_customer(text(data, "custom_data.email"), text(data, "custom_data.name"));
}

fn items(data: &Value) -> Vec<PricedItem> {
    let item = |item: &Value| {
        let price = id(item, "price").or_else(|| id(item, "price_id"))?;
        Some(PricedItem::new(price, quantity(item, "quantity")))
    };
    list(data, "items").iter().filter_map(item).collect()
}

/// Reads what an adjustment does. One that waits for Paddle's approval, or that gives a part back, changes nothing.
fn adjustment(event: &mut PurchaseEvent, adjustment: &Value) {
    let status = text(adjustment, "status");
    match (text(adjustment, "action"), status) {
        // A chargeback that was reversed changes its status, too.
        (Some("chargeback_reverse"), Some("approved")) | (Some("chargeback"), Some("reversed")) => {
            event.kind = PurchaseKind::ChargebackReversed;
        }
        (Some(action @ ("refund" | "chargeback")), Some("approved")) => {
            let kind = if action == "refund" { PurchaseKind::Refunded } else { PurchaseKind::ChargedBack };
            match gives_all_back(adjustment) {
                Some(true) => event.kind = kind,
                Some(false) => event.ignore(PART_GIVEN_BACK),
                None => event.ignore(
                    "The adjustment does not tell whether all was given back. If it was, suspend the license by hand.",
                ),
            }
        }
        (Some("refund" | "chargeback" | "chargeback_reverse"), _) => {
            event.ignore("The adjustment is not approved.");
        }
        _ => event.ignore("The adjustment gives no payment back."),
    }
}

/// Returns whether an adjustment gives all back. `None` if it does not tell.
fn gives_all_back(adjustment: &Value) -> Option<bool> {
    if let Some(kind) = text(adjustment, "type") {
        return Some(kind == "full");
    }
    let items = list(adjustment, "items");
    let is_full = |item: &Value| text(item, "type") == Some("full");
    (!items.is_empty()).then(|| items.iter().all(is_full))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(name: &str, data: &Value) -> PurchaseEvent {
        let body = json!({
            "event_id": "evt_01", "event_type": name, "occurred_at": "2026-03-01T10:00:00.123456Z",
            "notification_id": "ntf_01", "data": data,
        });
        parse(&body).expect("an event")
    }

    fn transaction(origin: &str) -> Value {
        json!({
            "id": "txn_01", "status": "completed", "customer_id": "ctm_01", "subscription_id": "sub_01",
            "origin": origin, "custom_data": {"email": "ada@example.com"},
            "items": [{"price": {"id": "pri_01", "product_id": "pro_01"}, "quantity": 3}],
            "billing_period": {"starts_at": "2026-03-01T10:00:00Z", "ends_at": "2026-04-01T10:00:00Z"},
        })
    }

    #[test]
    fn transactions_begin_or_renew_subscriptions() {
        let first = parsed("transaction.completed", &transaction("web"));
        assert_eq!((first.kind, first.payment.as_deref()), (PurchaseKind::Purchased, Some("txn_01")));
        assert_eq!(first.references, ["sub_01", "txn_01"]);
        assert_eq!(first.items, [PricedItem::new("pri_01".into(), 3)]);
        assert_eq!(first.paid_until.map(crate::Timestamp::date).as_deref(), Some("2026-04-01"));
        assert_eq!((first.buyer.as_deref(), first.email.is_some()), (Some("ctm_01"), true));
        let renewal = parsed("transaction.completed", &transaction("subscription_recurring"));
        assert_eq!((renewal.kind, renewal.payment.as_deref()), (PurchaseKind::Paid, Some("txn_01")));
        let change = parsed("transaction.completed", &transaction("subscription_update"));
        assert_eq!((change.kind, change.payment), (PurchaseKind::Paid, None));
        let once = json!({"id": "txn_02", "subscription_id": null, "origin": "web", "items": []});
        let once = parsed("transaction.completed", &once);
        assert_eq!(
            (once.kind, once.is_subscription, once.references),
            (PurchaseKind::Purchased, false, vec!["txn_02".to_owned()])
        );
    }

    #[test]
    fn a_trial_is_free_and_a_new_card_is_no_payment() {
        let of = |origin: &str, subtotal: &str, total: &str| {
            let mut data = transaction(origin);
            data["details"] = json!({"totals": {"subtotal": subtotal, "total": total}});
            parsed("transaction.completed", &data)
        };
        assert!(of("web", "0", "0").is_free);
        assert!(!of("web", "900", "0").is_free, "a coupon pays");
        let card = of("subscription_payment_method_change", "0", "0");
        assert_eq!(card.kind, PurchaseKind::Ignored);
    }

    #[test]
    fn a_refund_of_the_tax_alone_is_a_part() {
        let refund = |kind: &str| {
            let data = json!({
                "id": "adj_01", "action": "refund", "status": "approved", "transaction_id": "txn_01",
                "items": [{"type": kind}],
            });
            parsed("adjustment.created", &data).kind
        };
        assert_eq!((refund("full"), refund("tax")), (PurchaseKind::Refunded, PurchaseKind::Ignored));
    }

    #[test]
    fn an_adjustment_without_a_type_changes_nothing_and_tells_why() {
        let data =
            json!({"id": "adj_01", "action": "refund", "status": "approved", "transaction_id": "txn_01"});
        let event = parsed("adjustment.created", &data);
        assert_eq!((event.kind, event.payments), (PurchaseKind::Ignored, vec!["txn_01".to_owned()]));
        assert!(event.why.is_some_and(|why| why.contains("by hand")));
    }

    #[test]
    fn failed_payments_of_renewals_count() {
        let failed = |origin: &str| {
            let mut data = transaction(origin);
            data["status"] = json!("past_due");
            parsed("transaction.past_due", &data)
        };
        let renewal = failed("subscription_recurring");
        assert_eq!(
            (renewal.kind, renewal.references),
            (PurchaseKind::PaymentFailed, vec!["sub_01".to_owned()])
        );
        for origin in ["web", "api", "subscription_charge", "subscription_update"] {
            let other = failed(origin);
            assert_eq!((other.kind, other.why.is_some()), (PurchaseKind::Ignored, true), "{origin}");
        }
    }

    #[test]
    fn full_refunds_that_are_approved_count() {
        let adjustment = |action: &str, status: &str, kind: &str| {
            let data = json!({
                "id": "adj_01", "action": action, "status": status, "type": kind, "transaction_id": "txn_01",
                "subscription_id": "sub_01",
            });
            parsed("adjustment.updated", &data).kind
        };
        assert_eq!(adjustment("refund", "approved", "full"), PurchaseKind::Refunded);
        assert_eq!(adjustment("chargeback", "approved", "full"), PurchaseKind::ChargedBack);
        assert_eq!(adjustment("chargeback", "reversed", "full"), PurchaseKind::ChargebackReversed);
        assert_eq!(adjustment("chargeback_reverse", "approved", "full"), PurchaseKind::ChargebackReversed);
        assert_eq!(adjustment("chargeback_reverse", "rejected", "full"), PurchaseKind::Ignored);
        assert_eq!(adjustment("refund", "pending_approval", "full"), PurchaseKind::Ignored);
        assert_eq!(adjustment("refund", "approved", "partial"), PurchaseKind::Ignored);
        assert_eq!(adjustment("credit", "approved", "full"), PurchaseKind::Ignored);
    }

    #[test]
    fn customers_and_ends_are_read() {
        let customer = json!({"id": "ctm_01", "email": "ada@example.com", "name": "Ada"});
        let customer = parsed("customer.created", &customer);
        assert_eq!((customer.kind, customer.references), (PurchaseKind::Buyer, vec!["ctm_01".to_owned()]));
        let subscription = json!({"id": "sub_01", "status": "past_due", "items": []});
        assert_eq!(parsed("subscription.past_due", &subscription).kind, PurchaseKind::PaymentFailed);
        assert_eq!(parsed("subscription.canceled", &subscription).kind, PurchaseKind::Canceled);
        assert_eq!(parsed("subscription.created", &subscription).kind, PurchaseKind::Ignored);
    }
}
