//! Payments that are given back, and failed payments: those of the current period and of renewals count.

use domain::Timestamp;
use domain::license::Standing;
use domain::purchase::{ShopOutcome, ShopProvider};
use serde_json::{Value, json};
use service::Clock;
use service::purchase::Received;

use super::{MONTH, START, newest, open, paddle_event, pay, stripe_event, the_license};
use test_support::on_both_databases;
use test_support::shop::{
    SECRET, checkout, connect, invoice, lemon_squeezy, send, settings, sign, transaction,
};

const CREATE: &str = "subscription_create";
const CYCLE: &str = "subscription_cycle";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

/// A charge of an invoice that was given back in full.
fn refund(number: &str) -> Value {
    json!({"id": format!("ch_{number}"), "payment_intent": format!("pi_{number}"), "invoice": number, "refunded": true})
}

on_both_databases! {
    async fn the_refund_of_an_older_payment_leaves_the_license_active(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        pay(&service, shop, ("evt_1", "in_1", CREATE), START, START + MONTH).await;
        clock.set(at(START + MONTH));
        pay(&service, shop, ("evt_2", "in_2", CYCLE), START + MONTH, START + 2 * MONTH).await;
        let done = stripe_event(&service, shop, ("evt_3", "charge.refunded"), START + MONTH + 9, refund("in_1")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        let event = newest(&service, &ada, shop).await;
        assert!(event.detail.as_ref().is_some_and(|why| why.contains("current period")), "{event:?}");
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
        let done = stripe_event(&service, shop, ("evt_4", "charge.refunded"), START + MONTH + 10, refund("in_2")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Suspended), "the current payment");
    }

    async fn the_refund_of_a_change_within_a_period_leaves_the_license_active(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        pay(&service, shop, ("evt_1", "in_1", CREATE), START, START + MONTH).await;
        // An upgrade, which is linked to its payment.
        pay(&service, shop, ("evt_2", "in_2", "subscription_update"), START + 5, START + MONTH).await;
        let link = json!({"id": "inpay_1", "invoice": "in_2", "payment": {"type": "payment_intent", "payment_intent": "pi_2"}});
        stripe_event(&service, shop, ("evt_3", "invoice_payment.paid"), START + 6, link).await;
        let upgrade = json!({"id": "ch_2", "payment_intent": "pi_2", "refunded": true});
        let done = stripe_event(&service, shop, ("evt_4", "charge.refunded"), START + 7, upgrade).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
    }

    async fn a_refund_of_a_part_is_logged_with_its_reason(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        stripe_event(&service, shop, ("evt_1", "checkout.session.completed"), START, checkout("cs_1", "pi_1", "plink_1")).await;
        let part = json!({"id": "ch_1", "payment_intent": "pi_1", "refunded": true, "amount": 900, "amount_refunded": 400});
        let done = stripe_event(&service, shop, ("evt_2", "charge.refunded"), START + 5, part).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Ignored));
        let event = newest(&service, &ada, shop).await;
        assert!(event.detail.as_ref().is_some_and(|why| why.contains("A part")), "{event:?}");
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
    }

    async fn a_renewal_that_comes_after_the_refund_of_the_former_period_lifts_it(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        pay(&service, shop, ("evt_1", "in_1", CREATE), START, START + MONTH).await;
        clock.set(at(START + MONTH + 100));
        let done = stripe_event(&service, shop, ("evt_3", "charge.refunded"), START + MONTH + 50, refund("in_1")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Suspended));
        // It was paid before the refund, and its event is late.
        let done = pay(&service, shop, ("evt_2", "in_2", CYCLE), START + MONTH, START + 2 * MONTH).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Reinstated));
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
    }

    async fn both_payments_of_a_first_period_count_at_lemon_squeezy(db: TestDatabase) {
        for (n, name) in ["order_refunded", "subscription_payment_refunded"].into_iter().enumerate() {
            let clock = Clock::manual(at(START));
            let service = db.open_at(clock.clone()).await;
            let ada = test_support::seller(&service, &format!("ada-{n}")).await;
            let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
            let event = async |name: &str, id: &str, attributes: Value| {
                let body = lemon_squeezy(name, id, service.now(), attributes);
                send(&service, shop, &sign(ShopProvider::LemonSqueezy, SECRET, &body, service.now())).await
            };
            let subscription = |until: Timestamp| json!({
                "status": "active", "order_id": 1, "variant_id": 42, "renews_at": until.rfc3339(),
            });
            let invoice = |reason: &str, status: &str| json!({"subscription_id": 9, "billing_reason": reason, "status": status});
            event("subscription_created", "9", subscription(at(START + MONTH))).await;
            let order = json!({"status": "paid", "first_order_item": {"variant_id": 42, "quantity": 1}});
            event("order_created", "1", order).await;
            clock.set(at(START + 5));
            event("subscription_payment_success", "5", invoice("initial", "paid")).await;
            let refunded = if name == "order_refunded" { "1" } else { "5" };
            let done = event(name, refunded, invoice("initial", "refunded")).await;
            assert_eq!(done, Received::Applied(ShopOutcome::Suspended), "{name}");
            clock.set(at(START + MONTH));
            let done = event("subscription_payment_success", "6", invoice("renewal", "paid")).await;
            assert_eq!(done, Received::Applied(ShopOutcome::Reinstated), "{name}");
            let done = event(name, refunded, invoice("initial", "refunded")).await;
            assert_eq!(done, Received::Applied(ShopOutcome::Unchanged), "{name}: an older payment");
        }
    }

    async fn a_reversed_chargeback_lifts_its_suspension_and_no_other(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let now = service.now();
        let bought = transaction("txn_1", "web", "sub_1", now.plus_days(30));
        paddle_event(&service, shop, ("evt_1", "transaction.completed"), now, bought).await;
        let adjustment = |action: &str| json!({
            "id": format!("adj_{action}"), "action": action, "type": "full", "status": "approved",
            "transaction_id": "txn_1", "subscription_id": "sub_1",
        });
        let adjust = async |id: &str, seconds: i64, action: &str| {
            let at = now.plus_seconds(seconds);
            paddle_event(&service, shop, (id, "adjustment.created"), at, adjustment(action)).await
        };
        let done = adjust("evt_2", 1, "chargeback").await;
        assert_eq!(done, Received::Applied(ShopOutcome::Suspended));
        let license = the_license(&service, &ada).await;
        assert_eq!(license.standing_reason.as_deref(), Some("The payment was charged back (Paddle)"));
        let done = adjust("evt_3", 2, "chargeback_reverse").await;
        assert_eq!(done, Received::Applied(ShopOutcome::Reinstated));
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
        let done = adjust("evt_4", 1, "chargeback").await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged), "it was reversed since");
        adjust("evt_5", 3, "refund").await;
        let done = adjust("evt_6", 4, "chargeback_reverse").await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged), "a refund stays");
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Suspended);
    }

    async fn a_dispute_that_is_won_after_it_was_lost_lifts_the_suspension(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        stripe_event(&service, shop, ("evt_1", "checkout.session.completed"), START, checkout("cs_1", "pi_1", "plink_1")).await;
        let dispute = |status: &str| json!({"id": "du_1", "charge": "ch_1", "payment_intent": "pi_1", "status": status});
        let done = stripe_event(&service, shop, ("evt_2", "charge.dispute.closed"), START + 5, dispute("lost")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Suspended));
        let reinstated = ("evt_3", "charge.dispute.funds_reinstated");
        let done = stripe_event(&service, shop, reinstated, START + 6, dispute("won")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Reinstated));
        let done = stripe_event(&service, shop, ("evt_4", "charge.dispute.closed"), START + 7, dispute("won")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged), "both come");
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
    }

    async fn failed_payments_of_changes_suspend_nothing(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        pay(&service, shop, ("evt_1", "in_1", CREATE), START, START + MONTH).await;
        let failed = invoice("in_2", "subscription_update", "sub_1", "price_1", START + MONTH);
        let done = stripe_event(&service, shop, ("evt_2", "invoice.payment_failed"), START + 5, failed).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Ignored));
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let now = service.now();
        let ends = now.plus_days(30);
        paddle_event(&service, shop, ("evt_1", "transaction.completed"), now, transaction("txn_1", "web", "sub_1", ends)).await;
        for (event, origin, outcome) in [
            ("evt_2", "subscription_update", ShopOutcome::Ignored),
            ("evt_3", "subscription_recurring", ShopOutcome::Suspended),
        ] {
            let data = transaction("txn_2", origin, "sub_1", ends);
            let done = paddle_event(&service, shop, (event, "transaction.past_due"), now.plus_seconds(5), data).await;
            assert_eq!(done, Received::Applied(outcome), "{origin}");
        }
    }
}
