//! Which payments the current period of a license rests on.

use domain::license::Standing;
use domain::purchase::{PriceId, PriceTerms, ShopOutcome, ShopProvider, ShopReaction, ShopSettings};
use domain::{Period, ShopConnectionId, Timestamp};
use serde_json::{Value, json};
use service::purchase::{self, Received};
use service::{Clock, Service};

use super::{
    MONTH, START, lemon_event, licenses, newest, open, outcomes, paddle_event, pay, stripe_event, the_license,
};
use test_support::on_both_databases;
use test_support::shop::{connect, invoice, settings, transaction};

const COMPLETED: &str = "transaction.completed";
const SUSPENDED: Received = Received::Applied(ShopOutcome::Suspended);
const UNCHANGED: Received = Received::Applied(ShopOutcome::Unchanged);
const REINSTATED: Received = Received::Applied(ShopOutcome::Reinstated);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

/// An adjustment of Paddle that gives a payment back.
fn adjustment(kind: &str, transaction: &str) -> Value {
    json!({
        "id": format!("adj_{transaction}"), "action": "refund", "type": kind, "status": "approved",
        "transaction_id": transaction, "subscription_id": "sub_1",
    })
}

/// Gives a payment of Paddle back in full.
async fn refund(
    service: &Service,
    shop: ShopConnectionId,
    event: &str,
    transaction: &str,
    at: Timestamp,
) -> Received {
    paddle_event(service, shop, (event, "adjustment.created"), at, adjustment("full", transaction)).await
}

on_both_databases! {
    async fn a_change_that_moves_the_period_pays_for_it(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let start = service.now();
        let first = transaction("txn_1", "web", "sub_1", start.plus_days(30));
        paddle_event(&service, shop, ("evt_1", COMPLETED), start, first).await;
        let day = start.plus_days(10);
        clock.set(day);
        let change = transaction("txn_2", "subscription_update", "sub_1", day.plus_days(30));
        let done = paddle_event(&service, shop, ("evt_2", COMPLETED), day, change).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Renewed));
        let within = transaction("txn_3", "subscription_update", "sub_1", day.plus_days(30));
        paddle_event(&service, shop, ("evt_3", COMPLETED), day.plus_seconds(5), within).await;
        for (event, payment, expected) in
            [("evt_4", "txn_1", UNCHANGED), ("evt_5", "txn_3", UNCHANGED), ("evt_6", "txn_2", SUSPENDED)]
        {
            let done = refund(&service, shop, event, payment, day.plus_seconds(9)).await;
            assert_eq!(done, expected, "{payment}");
        }
        // Another change begins a period after the refund.
        clock.set(day.plus_days(5));
        let change = transaction("txn_4", "subscription_update", "sub_1", day.plus_days(35));
        let done = paddle_event(&service, shop, ("evt_7", COMPLETED), day.plus_days(5), change).await;
        assert_eq!(done, REINSTATED);
    }

    async fn payments_of_a_deleted_license_are_remembered(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let start = service.now();
        let first = transaction("txn_1", "web", "sub_1", start.plus_days(30));
        paddle_event(&service, shop, ("evt_1", COMPLETED), start, first).await;
        let id = licenses(&service, &ada).await[0];
        service::license::delete(&service, &ada.actor, id).await.unwrap();
        let change = transaction("txn_2", "subscription_update", "sub_1", start.plus_days(40));
        let done = paddle_event(&service, shop, ("evt_2", COMPLETED), start.plus_days(10), change).await;
        assert_eq!(done, UNCHANGED);
        let connection = sea_orm::Database::connect(&db.url).await.unwrap();
        let period = |of: &str| format!("SELECT CAST({of} AS TEXT) AS text FROM purchases");
        let until = test_support::texts(&connection, &period("period_paid_until")).await;
        assert_eq!(until, [start.plus_days(40).millis().to_string()]);
        let sql = "SELECT reference AS text FROM purchase_references WHERE pays_period ORDER BY reference";
        assert_eq!(test_support::texts(&connection, sql).await, ["txn_1", "txn_2"]);
    }

    async fn of_a_year_and_a_month_the_later_end_counts(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + 12 * MONTH).await;
        let end = the_license(&service, &ada).await.expires_at;
        // The buyer changes to a month, which is paid at once. The year that is paid stays in force.
        clock.set(at(START + MONTH));
        let mut change = invoice("in_2", "subscription_update", "sub_1", "price_1", START + 2 * MONTH);
        change["lines"]["data"][0]["parent"] = json!({"subscription_item_details": {"proration": false}});
        let done = stripe_event(&service, shop, ("evt_2", "invoice.paid"), START + MONTH, change).await;
        assert_eq!(done, UNCHANGED);
        assert_eq!(the_license(&service, &ada).await.expires_at, end);
        for (event, number, expected) in [("evt_3", "in_2", UNCHANGED), ("evt_4", "in_1", SUSPENDED)] {
            let charge = json!({"id": format!("ch_{number}"), "invoice": number, "refunded": true});
            let done = stripe_event(&service, shop, (event, "charge.refunded"), START + MONTH + 9, charge).await;
            assert_eq!(done, expected, "{number}");
        }
    }

    async fn two_periods_that_are_paid_within_minutes_differ(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let now = service.now();
        let first = transaction("txn_1", "web", "sub_1", now.plus_days(30));
        paddle_event(&service, shop, ("evt_1", COMPLETED), now, first).await;
        let second = transaction("txn_2", "subscription_recurring", "sub_1", now.plus_days(60));
        paddle_event(&service, shop, ("evt_2", COMPLETED), now.plus_seconds(60), second).await;
        assert_eq!(refund(&service, shop, "evt_3", "txn_1", now.plus_seconds(90)).await, UNCHANGED);
        assert_eq!(refund(&service, shop, "evt_4", "txn_2", now.plus_seconds(91)).await, SUSPENDED);
    }

    async fn a_refund_before_its_payment_does_not_keep_the_payment_from_counting(db: TestDatabase) {
        for reaction in [ShopReaction::Nothing, ShopReaction::Suspend] {
            let clock = Clock::manual(at(START));
            let service = db.open_at(clock.clone()).await;
            let ada = test_support::seller(&service, &format!("ada-{reaction}")).await;
            let on = ShopSettings { on_refund: reaction, ..settings() };
            let shop = connect(&service, &ada, ShopProvider::Paddle, on).await.id;
            let price = PriceId::parse("price", "pri_1").unwrap();
            let terms = PriceTerms { validity: Period::from_days(30), ..PriceTerms::default() };
            purchase::set_price(&service, &ada.actor, shop, &price, terms).await.unwrap();
            let start = service.now();
            let ends = start.plus_days(30);
            paddle_event(&service, shop, ("evt_1", COMPLETED), start, transaction("txn_1", "web", "sub_1", ends)).await;
            clock.set(ends.plus_seconds(90));
            refund(&service, shop, "evt_3", "txn_2", ends.plus_seconds(60)).await;
            let renewal = || transaction("txn_2", "subscription_recurring", "sub_1", ends.plus_days(30));
            let done = paddle_event(&service, shop, ("evt_2", COMPLETED), ends, renewal()).await;
            assert_eq!(done, Received::Applied(ShopOutcome::Renewed), "{reaction}");
            let license = the_license(&service, &ada).await;
            assert_eq!(license.expires_at, Some(start.plus_days(63)), "{reaction}");
            let standing = if reaction == ShopReaction::Nothing { Standing::Active } else { Standing::Suspended };
            assert_eq!(license.standing, standing, "{reaction}: it is the refunded payment");
            let again = paddle_event(&service, shop, ("evt_4", COMPLETED), ends, renewal()).await;
            assert_eq!(again, UNCHANGED, "{reaction}: once");
        }
    }

    async fn a_refund_before_its_payment_is_lifted_if_the_license_does_not_rest_on_it(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let now = service.now();
        let ends = now.plus_days(30);
        paddle_event(&service, shop, ("evt_1", COMPLETED), now, transaction("txn_1", "web", "sub_1", ends)).await;
        let done = refund(&service, shop, "evt_3", "txn_2", now.plus_seconds(9)).await;
        assert_eq!(done, SUSPENDED, "nothing is known of the payment");
        let change = transaction("txn_2", "subscription_charge", "sub_1", ends);
        let done = paddle_event(&service, shop, ("evt_2", COMPLETED), now.plus_seconds(5), change).await;
        assert_eq!(done, REINSTATED);
        let event = newest(&service, &ada, shop).await;
        assert!(event.detail.as_ref().is_some_and(|why| why.contains("current period")), "{event:?}");
        // The same at Lemon Squeezy, which joins its invoices.
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
        let invoice = |status: &str| json!({"subscription_id": 9, "billing_reason": "updated", "status": status});
        let subscription = json!({"status": "active", "order_id": 1, "variant_id": 42, "renews_at": ends.rfc3339()});
        lemon_event(&service, shop, ("subscription_created", "9"), subscription).await;
        let refund = ("subscription_payment_refunded", "5");
        assert_eq!(lemon_event(&service, shop, refund, invoice("refunded")).await, SUSPENDED);
        let payment = ("subscription_payment_success", "5");
        assert_eq!(lemon_event(&service, shop, payment, invoice("paid")).await, REINSTATED);
    }

    async fn a_partial_refund_of_paddle_says_that_it_changed_nothing(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let now = service.now();
        let bought = transaction("txn_1", "web", "sub_1", now.plus_days(30));
        paddle_event(&service, shop, ("evt_1", COMPLETED), now, bought).await;
        let part = adjustment("partial", "txn_1");
        let done = paddle_event(&service, shop, ("evt_2", "adjustment.created"), now.plus_seconds(5), part).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Ignored));
        let event = newest(&service, &ada, shop).await;
        let expected = "A part of the payment was given back. That changed nothing: the purchase stays in force.";
        assert_eq!(event.detail.as_deref(), Some(expected));
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
    }

    async fn first_and_changed_invoices_of_lemon_squeezy_wait_for_their_subscription(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
        let invoice = |reason: &str| json!({"subscription_id": 9, "billing_reason": reason, "status": "paid"});
        for (id, reason) in [("5", "initial"), ("6", "updated")] {
            let done = lemon_event(&service, shop, ("subscription_payment_success", id), invoice(reason)).await;
            assert_eq!(done, Received::Applied(ShopOutcome::Waiting), "{reason}");
        }
        assert!(licenses(&service, &ada).await.is_empty());
        let ends = service.now().plus_seconds(MONTH);
        let subscription = json!({"status": "active", "order_id": 1, "variant_id": 42, "renews_at": ends.rfc3339()});
        let done = lemon_event(&service, shop, ("subscription_created", "9"), subscription).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Issued));
        let log: Vec<ShopOutcome> = outcomes(&service, &ada, shop).await.into_iter().map(|(_, done)| done).collect();
        assert_eq!(log, [ShopOutcome::Issued, ShopOutcome::Linked, ShopOutcome::Linked]);
        let refund = async |id: &str, reason: &str| {
            lemon_event(&service, shop, ("subscription_payment_refunded", id), json!({
                "subscription_id": 9, "billing_reason": reason, "status": "refunded",
            })).await
        };
        assert_eq!(refund("6", "updated").await, UNCHANGED, "a change");
        assert_eq!(refund("5", "initial").await, SUSPENDED, "the first period");
    }

    async fn a_failed_payment_of_a_subscription_that_left_its_price_suspends_nothing(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let ignoring = ShopSettings { issues_unmapped: false, ..settings() };
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, ignoring).await.id;
        let price = PriceId::parse("price", "42").unwrap();
        purchase::set_price(&service, &ada.actor, shop, &price, PriceTerms::default()).await.unwrap();
        let ends = service.now().plus_seconds(MONTH);
        let subscription = |variant: u32, until: Timestamp| json!({
            "status": "active", "order_id": 1, "variant_id": variant, "renews_at": until.rfc3339(),
        });
        lemon_event(&service, shop, ("subscription_created", "9"), subscription(42, ends)).await;
        clock.set(service.now().plus_days(2));
        lemon_event(&service, shop, ("subscription_updated", "9"), subscription(43, ends)).await;
        clock.set(ends);
        let failed = json!({"subscription_id": 9, "billing_reason": "renewal", "status": "pending"});
        let done = lemon_event(&service, shop, ("subscription_payment_failed", "5"), failed).await;
        assert_eq!(done, UNCHANGED);
        let event = newest(&service, &ada, shop).await;
        assert!(event.detail.as_ref().is_some_and(|why| why.contains("no terms here: 43")), "{event:?}");
        let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
        assert!(page.events.iter().all(|event| event.outcome != ShopOutcome::Suspended));
    }
}
