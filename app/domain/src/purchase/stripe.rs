//! Events of Stripe, of API versions before and since 2025-03-31, which moved the subscription of an invoice and the
//! price of its lines.

use serde_json::Value;

use super::event::{ItemPeriod, PricedItem, PurchaseEvent, PurchaseKind};
use super::json::{at, flag, id, list, number, quantity, text, unix_time};
use super::refund::PART_GIVEN_BACK;

/// Parses an event. `None` if the body is none.
pub(super) fn parse(json: &Value) -> Option<PurchaseEvent> {
    let object = at(json, "data.object").filter(|object| object.is_object())?;
    let name = text(json, "type")?;
    let mut event = PurchaseEvent::new(Some(text(json, "id")?), name, unix_time(json, "created")?);
    event.is_test = flag(json, "livemode") == Some(false);
    match name {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            checkout(&mut event, object);
        }
        "invoice.paid" => invoice(&mut event, object),
        "invoice.payment_failed" => {
            // The first payment has no license yet, and a change that is not paid leaves the paid period as it is.
            event.kind = PurchaseKind::PaymentFailed;
            if text(object, "billing_reason") != Some("subscription_cycle") {
                event.ignore("The payment that failed is not for a renewal.");
            }
            event.refer(subscription(object));
            event.items = charged(object).into_iter().filter_map(item).collect();
        }
        "invoice_payment.paid" => {
            event.kind = PurchaseKind::Linked;
            event.refer_payment(id(object, "invoice"));
            event.refer_payment(id(object, "payment.payment_intent"));
            event.refer_payment(id(object, "payment.charge"));
        }
        "customer.subscription.deleted" => {
            event.kind = PurchaseKind::Canceled;
            event.refer(id(object, "id"));
            event.items = list(object, "items.data").iter().filter_map(item).collect();
        }
        "charge.refunded" => refund(&mut event, object),
        "charge.dispute.closed" | "charge.dispute.funds_reinstated" => dispute(&mut event, object),
        _ => {}
    }
    event.buyer = id(object, "customer");
    Some(event)
}

/// A part that was given back leaves the purchase in force.
fn refund(event: &mut PurchaseEvent, charge: &Value) {
    let (refunded, paid) = (number(charge, "amount_refunded"), number(charge, "amount"));
    let is_less = matches!((refunded, paid), (Some(refunded), Some(paid)) if refunded < paid);
    event.kind = PurchaseKind::Refunded;
    if is_less || flag(charge, "refunded") != Some(true) {
        event.ignore(PART_GIVEN_BACK);
    }
    event.refer_payment(id(charge, "payment_intent"));
    event.refer_payment(id(charge, "invoice"));
    event.refer_payment(id(charge, "id"));
}

/// A dispute that the buyer wins gives the payment back. One that the seller wins, also after it was lost, does not.
fn dispute(event: &mut PurchaseEvent, dispute: &Value) {
    let is_closed = event.name == "charge.dispute.closed";
    match text(dispute, "status") {
        Some("won") => event.kind = PurchaseKind::ChargebackReversed,
        Some("lost") if is_closed => event.kind = PurchaseKind::ChargedBack,
        _ if is_closed => event.ignore("The dispute was closed without a chargeback."),
        // Stripe pays parts of a lost dispute back, too.
        _ => event.ignore("The seller has not won the dispute. A part that is paid back changes no license."),
    }
    event.refer_payment(id(dispute, "payment_intent"));
    event.refer_payment(id(dispute, "charge"));
}

/// A checkout that is paid once. Subscriptions, and checkouts with an invoice, are issued by `invoice.paid`, which
/// names the price: both events of one purchase must not count.
fn checkout(event: &mut PurchaseEvent, session: &Value) {
    let is_paid = matches!(text(session, "payment_status"), Some("paid" | "no_payment_required"));
    let has_invoice =
        flag(session, "invoice_creation.enabled") == Some(true) || id(session, "invoice").is_some();
    if text(session, "mode") == Some("payment") && is_paid && !has_invoice {
        event.kind = PurchaseKind::Purchased;
    }
    // First, because an erasure finds what changed no license by the main reference.
    event.refer(id(session, "subscription"));
    event.refer_payment(id(session, "payment_intent"));
    event.refer_payment(id(session, "id"));
    // A session names no price. Its metadata, which is signed too, or its payment link stands for one.
    event.items = list(session, "line_items.data").iter().filter_map(item).collect();
    let named = [id(session, "metadata.price"), id(session, "payment_link")];
    event.items.extend(named.into_iter().flatten().map(|price| PricedItem::new(price, 1)));
    event.has_alternatives = true;
    let email = text(session, "customer_details.email").or_else(|| text(session, "customer_email"));
    event.set_customer(email, text(session, "customer_details.name"));
}

fn invoice(event: &mut PurchaseEvent, invoice: &Value) {
    let subscription = subscription(invoice);
    event.is_subscription = subscription.is_some();
    let reason = text(invoice, "billing_reason");
    event.kind = match (&subscription, reason) {
        (Some(_), Some("subscription_create")) | (None, _) => PurchaseKind::Purchased,
        // A change that costs nothing is paid at once, also while the invoice of the period is open.
        (Some(_), Some("subscription_update")) if number(invoice, "total").is_some_and(|sum| sum <= 0) => {
            PurchaseKind::Ignored
        }
        (Some(_), _) => PurchaseKind::Paid,
    };
    let by_reason = matches!(reason, Some("subscription_create" | "subscription_cycle"));
    let lines = charged(invoice);
    // Changes of price pay for no further period. The lines decide: a change may begin a new period at once.
    let pays =
        if lines.is_empty() { by_reason } else { lines.iter().any(|line| pays_period(line, by_reason)) };
    event.payment = id(invoice, "id").filter(|_| event.is_subscription && pays);
    event.restarts = event.payment.is_some() && reason == Some("subscription_update");
    event.refer(subscription);
    event.refer_payment(id(invoice, "id"));
    event.refer_payment(id(invoice, "payment_intent"));
    event.refer_payment(id(invoice, "charge"));
    event.items = if event.is_subscription {
        lines.iter().filter_map(|line| item_of_period(line, by_reason)).collect()
    } else {
        lines.iter().copied().filter_map(item).collect()
    };
    if event.is_subscription {
        // Before discounts: a trial is free, and a period that a coupon pays for is not.
        let lines = list(invoice, "lines.data");
        event.is_free = !lines.is_empty() && lines.iter().all(is_free);
        let ends = lines.iter().filter_map(|line| unix_time(line, "period.end"));
        event.paid_until = ends.max();
    }
    event.set_customer(text(invoice, "customer_email"), text(invoice, "customer_name"));
}

fn subscription(invoice: &Value) -> Option<String> {
    id(invoice, "subscription").or_else(|| id(invoice, "parent.subscription_details.subscription"))
}

/// Returns the lines that an invoice charges for. Lines that give money back are parts of a change of price.
fn charged(invoice: &Value) -> Vec<&Value> {
    let lines = list(invoice, "lines.data").iter();
    lines.filter(|line| number(line, "amount").unwrap_or(0) >= 0).collect()
}

/// Returns whether a line pays for a whole period of a subscription. Single items do not, nor do changes within a
/// period. A line that does not tell is read by the reason of its invoice.
fn pays_period(line: &Value, by_reason: bool) -> bool {
    let is_single = text(line, "type") == Some("invoiceitem")
        || at(line, "parent.invoice_item_details").is_some_and(Value::is_object);
    let is_proration =
        flag(line, "parent.subscription_item_details.proration").or_else(|| flag(line, "proration"));
    match is_proration {
        _ if is_single => false,
        Some(is_proration) => !is_proration && (by_reason || number(line, "amount") > Some(0)),
        None => by_reason,
    }
}

fn is_free(line: &Value) -> bool {
    number(line, "amount") == Some(0)
}

/// Returns the item of a line of a subscription's invoice, with the period of the line.
fn item_of_period(line: &Value, by_reason: bool) -> Option<PricedItem> {
    let period = ItemPeriod {
        until: unix_time(line, "period.end"),
        is_free: is_free(line),
        is_paid: pays_period(line, by_reason),
    };
    item(line).map(|item| PricedItem { period: Some(period), ..item })
}

fn item(line: &Value) -> Option<PricedItem> {
    let price =
        id(line, "pricing.price_details.price").or_else(|| id(line, "price")).or_else(|| id(line, "plan"));
    Some(PricedItem::new(price?, quantity(line, "quantity")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Timestamp;

    fn parsed(name: &str, object: &Value) -> PurchaseEvent {
        let body = json!({
            "id": "evt_1", "object": "event", "created": 1_700_000_000, "type": name, "data": {"object": object},
        });
        parse(&body).expect("an event")
    }

    #[test]
    fn events_outside_of_live_mode_are_tests() {
        let of_mode = |livemode: &Value| {
            let body = json!({
                "id": "evt_1", "created": 1, "type": "charge.refunded", "livemode": livemode,
                "data": {"object": {"id": "ch_1"}},
            });
            parse(&body).expect("an event").is_test
        };
        assert!(of_mode(&json!(false)));
        assert!(!of_mode(&json!(true)) && !of_mode(&Value::Null));
    }

    fn item(price: &str, quantity: u32) -> PricedItem {
        PricedItem::new(price.to_owned(), quantity)
    }

    #[test]
    fn invoices_of_both_versions_are_alike() {
        let before = json!({
            "id": "in_1", "object": "invoice", "billing_reason": "subscription_create", "subscription": "sub_1",
            "payment_intent": "pi_1", "charge": "ch_1", "customer": "cus_1", "customer_email": "Ada@example.com",
            "customer_name": "Ada", "lines": {"data": [{
                "amount": 900, "price": {"id": "price_1"}, "quantity": 2,
                "period": {"start": 1_700_000_000, "end": 1_702_592_000},
            }]},
        });
        let since = json!({
            "id": "in_1", "object": "invoice", "billing_reason": "subscription_create", "customer": "cus_1",
            "parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_1"}},
            "customer_email": "Ada@example.com", "customer_name": "Ada", "lines": {"data": [{
                "amount": 900, "pricing": {"price_details": {"price": "price_1"}}, "quantity": 2,
                "period": {"start": 1_700_000_000, "end": 1_702_592_000},
            }]},
        });
        let (before, since) = (parsed("invoice.paid", &before), parsed("invoice.paid", &since));
        assert_eq!(before.references, ["sub_1", "in_1", "pi_1", "ch_1"]);
        assert_eq!(
            since,
            PurchaseEvent {
                references: vec!["sub_1".into(), "in_1".into()],
                payments: vec!["in_1".into()],
                ..before.clone()
            }
        );
        assert_eq!((before.kind, before.payment.as_deref()), (PurchaseKind::Purchased, Some("in_1")));
        let until = Some(Timestamp::from_millis(1_702_592_000_000));
        let period = Some(ItemPeriod { until, is_free: false, is_paid: true });
        assert_eq!(before.items, [PricedItem { period, ..item("price_1", 2) }]);
        assert_eq!(before.paid_until, until);
        assert_eq!(before.email.map(|email| email.to_string()).as_deref(), Some("ada@example.com"));
        assert_eq!(before.buyer.as_deref(), Some("cus_1"));
    }

    #[test]
    fn a_renewal_counts_and_a_change_of_price_does_not() {
        let cycle = json!({"id": "in_2", "billing_reason": "subscription_cycle", "subscription": "sub_1"});
        let cycle = parsed("invoice.paid", &cycle);
        assert_eq!((cycle.kind, cycle.payment.as_deref()), (PurchaseKind::Paid, Some("in_2")));
        let update = json!({
            "id": "in_3", "billing_reason": "subscription_update", "subscription": "sub_1",
            "lines": {"data": [{"amount": -400, "price": {"id": "price_1"}}, {"amount": 900, "price": {"id": "price_2"}}]},
        });
        let update = parsed("invoice.paid", &update);
        assert_eq!((update.kind, update.payment), (PurchaseKind::Paid, None));
        let period = Some(ItemPeriod { until: None, is_free: false, is_paid: false });
        assert_eq!(update.items, [PricedItem { period, ..item("price_2", 1) }]);
    }

    #[test]
    fn lines_tell_whether_a_change_pays_for_a_period() {
        let update = |reason: &str, line: &Value| {
            let mut line = line.clone();
            line["price"] = json!({"id": "price_1"});
            let invoice = json!({
                "id": "in_3", "billing_reason": reason, "subscription": "sub_1", "total": 900,
                "lines": {"data": [{"amount": -400, "price": {"id": "price_1"}}, line]},
            });
            let event = parsed("invoice.paid", &invoice);
            (event.payment.is_some(), event.restarts)
        };
        let since =
            |kind: &str, proration: bool| json!({"amount": 900, "parent": {kind: {"proration": proration}}});
        let former =
            |kind: &str, proration: bool| json!({"amount": 900, "type": kind, "proration": proration});
        for (line, pays) in [
            (since("subscription_item_details", false), true),
            (since("subscription_item_details", true), false),
            (since("invoice_item_details", false), false),
            (former("subscription", false), true),
            (former("subscription", true), false),
            (former("invoiceitem", false), false),
        ] {
            assert_eq!(update("subscription_update", &line), (pays, pays), "{line}");
            assert_eq!(update("subscription_cycle", &line), (pays, false), "{line}");
        }
        let mut free = since("subscription_item_details", false);
        free["amount"] = json!(0);
        assert_eq!(update("subscription_update", &free), (false, false), "a change that costs nothing");
    }

    #[test]
    fn an_invoice_of_a_single_item_takes_no_subscription_over() {
        let manual = |end: i64| {
            let invoice = json!({
                "id": "in_4", "billing_reason": "manual", "subscription": "sub_1",
                "lines": {"data": [{"amount": 500, "price": {"id": "price_1"}, "period": {"start": 1_700_000_000, "end": end}}]},
            });
            parsed("invoice.paid", &invoice)
        };
        let item = manual(1_700_000_000);
        assert_eq!((item.kind, item.taken_over_until()), (PurchaseKind::Paid, None));
        let period = manual(1_702_592_000);
        assert_eq!(period.taken_over_until(), Some(Timestamp::from_millis(1_702_592_000_000)));
    }

    #[test]
    fn a_trial_is_free_and_a_free_change_is_no_payment() {
        let invoice = |reason: &str, amounts: &[i64], total: i64| {
            let lines: Vec<Value> =
                amounts.iter().map(|amount| json!({"amount": amount, "price": {"id": "price_1"}})).collect();
            let invoice = json!({
                "id": "in_1", "billing_reason": reason, "subscription": "sub_1", "total": total, "lines": {"data": lines},
            });
            parsed("invoice.paid", &invoice)
        };
        let trial = invoice("subscription_create", &[0], 0);
        assert_eq!((trial.kind, trial.is_free), (PurchaseKind::Purchased, true));
        assert!(!invoice("subscription_create", &[900], 0).is_free, "a coupon pays");
        assert_eq!(invoice("subscription_update", &[-900, 400], -500).kind, PurchaseKind::Ignored);
        assert_eq!(invoice("subscription_update", &[-400, 900], 500).kind, PurchaseKind::Paid);
        assert_eq!(invoice("subscription_cycle", &[900], 0).kind, PurchaseKind::Paid, "a coupon pays");
    }

    #[test]
    fn a_dispute_takes_a_payment_back_or_leaves_it() {
        let dispute = |status: &str| {
            let dispute = json!({"id": "du_1", "charge": "ch_1", "payment_intent": "pi_1", "status": status});
            parsed("charge.dispute.closed", &dispute)
        };
        let lost = dispute("lost");
        assert_eq!(
            (lost.kind, lost.references),
            (PurchaseKind::ChargedBack, vec!["pi_1".to_owned(), "ch_1".to_owned()])
        );
        assert_eq!(dispute("won").kind, PurchaseKind::ChargebackReversed);
        assert_eq!(dispute("warning_closed").kind, PurchaseKind::Ignored);
    }

    #[test]
    fn funds_that_are_reinstated_count_if_the_dispute_is_won() {
        let reinstated = |status: &Value| {
            let dispute = json!({"id": "du_1", "charge": "ch_1", "payment_intent": "pi_1", "status": status});
            parsed("charge.dispute.funds_reinstated", &dispute)
        };
        let won = reinstated(&json!("won"));
        assert_eq!((won.kind, won.payments.len()), (PurchaseKind::ChargebackReversed, 2));
        for status in [json!("lost"), json!("under_review"), Value::Null] {
            let other = reinstated(&status);
            assert_eq!((other.kind, other.why.is_some()), (PurchaseKind::Ignored, true), "{status}");
        }
    }

    #[test]
    fn one_of_two_events_of_a_purchase_counts() {
        let session = |mode: &str, status: &str, invoices: bool| {
            parsed(
                "checkout.session.completed",
                &json!({
                    "id": "cs_1", "mode": mode, "payment_status": status, "payment_intent": "pi_1",
                    "payment_link": "plink_1", "metadata": {"price": "price_1"}, "subscription": null,
                    "invoice_creation": {"enabled": invoices}, "customer_details": {"email": "a@x.example", "name": "A"},
                }),
            )
        };
        let once = session("payment", "paid", false);
        assert_eq!(once.kind, PurchaseKind::Purchased);
        assert_eq!(
            (once.references, once.items),
            (vec!["pi_1".to_owned(), "cs_1".to_owned()], vec![item("price_1", 1), item("plink_1", 1)])
        );
        for other in [
            session("subscription", "paid", false),
            session("payment", "unpaid", false),
            session("payment", "paid", true),
        ] {
            assert_eq!(other.kind, PurchaseKind::Ignored);
        }
    }

    #[test]
    fn failures_ends_and_refunds_differ() {
        let failed = json!({"id": "in_2", "billing_reason": "subscription_cycle", "subscription": "sub_1"});
        assert_eq!(parsed("invoice.payment_failed", &failed).kind, PurchaseKind::PaymentFailed);
        for reason in ["subscription_create", "subscription_update", "subscription_threshold", "manual"] {
            let other = json!({"id": "in_2", "billing_reason": reason, "subscription": "sub_1"});
            let other = parsed("invoice.payment_failed", &other);
            assert_eq!((other.kind, other.why.is_some()), (PurchaseKind::Ignored, true), "{reason}");
        }
        let ended = json!({"id": "sub_1", "items": {"data": [{"price": {"id": "price_1"}, "quantity": 1}]}});
        let ended = parsed("customer.subscription.deleted", &ended);
        assert_eq!((ended.kind, ended.references), (PurchaseKind::Canceled, vec!["sub_1".to_owned()]));
        let charge = |refunded: bool| json!({"id": "ch_1", "payment_intent": "pi_1", "refunded": refunded});
        assert_eq!(parsed("charge.refunded", &charge(true)).kind, PurchaseKind::Refunded);
        assert_eq!(parsed("charge.refunded", &charge(false)).kind, PurchaseKind::Ignored);
        let part = json!({"id": "ch_1", "refunded": true, "amount": 900, "amount_refunded": 400});
        let part = parsed("charge.refunded", &part);
        assert_eq!((part.kind, part.why.is_some()), (PurchaseKind::Ignored, true));
        let link = json!({"id": "inpay_1", "invoice": "in_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}});
        let link = parsed("invoice_payment.paid", &link);
        assert_eq!(
            (link.kind, link.references),
            (PurchaseKind::Linked, vec!["in_1".to_owned(), "pi_1".to_owned()])
        );
    }
}
