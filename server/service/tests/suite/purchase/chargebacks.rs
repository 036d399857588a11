//! Reversals of chargebacks: they lift the suspension by the chargeback of the same payment alone.

use domain::ShopConnectionId;
use domain::license::Standing;
use domain::purchase::{ShopOutcome, ShopProvider, ShopSettings};
use serde_json::{Value, json};
use service::Service;
use service::purchase::{self, Received, ShopChange};

use super::{START, newest, open, paddle_event, stripe_event, the_license};
use test_support::on_both_databases;
use test_support::shop::{SECRET, checkout, connect, send, settings, sign, stripe, transaction};

const COMPLETED: &str = "transaction.completed";
const SUSPENDED: Received = Received::Applied(ShopOutcome::Suspended);
const UNCHANGED: Received = Received::Applied(ShopOutcome::Unchanged);
const REINSTATED: Received = Received::Applied(ShopOutcome::Reinstated);

/// Sends an adjustment of Paddle about a payment, some seconds after now.
async fn adjust(
    service: &Service,
    shop: ShopConnectionId,
    (event, action): (&str, &str),
    transaction: &str,
    seconds: i64,
) -> Received {
    let data = json!({
        "id": format!("adj_{event}"), "action": action, "type": "full", "status": "approved",
        "transaction_id": transaction, "subscription_id": "sub_1",
    });
    let at = service.now().plus_seconds(seconds);
    paddle_event(service, shop, (event, "adjustment.created"), at, data).await
}

on_both_databases! {
    async fn a_reversal_lifts_the_suspension_by_its_own_payment_alone(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let now = service.now();
        let bought = transaction("txn_1", "web", "sub_1", now.plus_days(30));
        paddle_event(&service, shop, ("evt_1", COMPLETED), now, bought).await;
        assert_eq!(adjust(&service, shop, ("evt_2", "chargeback"), "txn_1", 1).await, SUSPENDED);
        // Of a payment from before the connection, of which nothing is known.
        assert_eq!(adjust(&service, shop, ("evt_3", "chargeback_reverse"), "txn_0", 2).await, UNCHANGED);
        let event = newest(&service, &ada, shop).await;
        assert!(event.detail.as_ref().is_some_and(|why| why.contains("of this payment")), "{event:?}");
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Suspended);
        assert_eq!(adjust(&service, shop, ("evt_4", "chargeback_reverse"), "txn_1", 3).await, REINSTATED);
    }

    async fn a_reversal_outdates_the_chargeback_of_its_own_payment_alone(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let now = service.now();
        for (event, number, origin, days) in
            [("evt_1", "txn_1", "web", 30), ("evt_2", "txn_2", "subscription_recurring", 60)]
        {
            let at = now.plus_days(days - 30);
            clock.set(at);
            let paid = transaction(number, origin, "sub_1", now.plus_days(days));
            paddle_event(&service, shop, (event, COMPLETED), at, paid).await;
        }
        // The reversal of the former period is later than the chargeback of the present one.
        assert_eq!(adjust(&service, shop, ("evt_3", "chargeback_reverse"), "txn_1", 9).await, UNCHANGED);
        assert_eq!(adjust(&service, shop, ("evt_4", "chargeback"), "txn_2", 5).await, SUSPENDED);
        assert_eq!(adjust(&service, shop, ("evt_5", "chargeback_reverse"), "txn_2", 20).await, REINSTATED);
        assert_eq!(adjust(&service, shop, ("evt_6", "chargeback"), "txn_2", 19).await, UNCHANGED, "it is late");
        assert_eq!(adjust(&service, shop, ("evt_7", "chargeback"), "txn_2", 21).await, SUSPENDED, "another one");
    }

    async fn a_license_whose_renewal_fails_stays_suspended_after_a_reversal(db: TestDatabase) {
        for fails_first in [true, false] {
            let clock = service::Clock::manual(domain::Timestamp::from_millis(START * 1000));
            let service = db.open_at(clock.clone()).await;
            let ada = test_support::seller(&service, &format!("ada-{fails_first}")).await;
            let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
            let now = service.now();
            let ends = now.plus_days(30);
            paddle_event(&service, shop, ("evt_1", COMPLETED), now, transaction("txn_1", "web", "sub_1", ends)).await;
            let fail = async || {
                let data = transaction("txn_2", "subscription_recurring", "sub_1", ends.plus_days(30));
                paddle_event(&service, shop, ("evt_2", "transaction.past_due"), now.plus_seconds(5), data).await
            };
            if fails_first {
                assert_eq!(fail().await, SUSPENDED);
            }
            adjust(&service, shop, ("evt_3", "chargeback"), "txn_1", 6).await;
            if !fails_first {
                assert_eq!(fail().await, UNCHANGED, "it is suspended already");
            }
            assert_eq!(adjust(&service, shop, ("evt_4", "chargeback_reverse"), "txn_1", 7).await, UNCHANGED);
            let event = newest(&service, &ada, shop).await;
            assert!(event.detail.as_ref().is_some_and(|why| why.contains("a payment failed")), "{event:?}");
            assert_eq!(the_license(&service, &ada).await.standing, Standing::Suspended, "{fails_first}");
            clock.set(now.plus_seconds(60));
            let paid = transaction("txn_2", "subscription_recurring", "sub_1", ends.plus_days(30));
            let done = paddle_event(&service, shop, ("evt_5", COMPLETED), now.plus_seconds(60), paid).await;
            assert_eq!(done, REINSTATED, "{fails_first}");
        }
    }

    async fn funds_of_a_lost_dispute_change_nothing(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let completed = ("evt_1", "checkout.session.completed");
        stripe_event(&service, shop, completed, START, checkout("cs_1", "pi_1", "plink_1")).await;
        let dispute = |status: &str| json!({"id": "du_1", "charge": "ch_1", "payment_intent": "pi_1", "status": status});
        let part = ("evt_2", "charge.dispute.funds_reinstated");
        let done = stripe_event(&service, shop, part, START + 5, dispute("lost")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Ignored));
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
        stripe_event(&service, shop, ("evt_3", "charge.dispute.closed"), START + 6, dispute("lost")).await;
        let part = ("evt_4", "charge.dispute.funds_reinstated");
        stripe_event(&service, shop, part, START + 7, dispute("lost")).await;
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Suspended);
    }

    async fn a_reversal_of_a_known_test_purchase_counts(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let accepting = ShopSettings { accepts_test_events: true, ..settings() };
        let shop = connect(&service, &ada, ShopProvider::Stripe, accepting).await.id;
        let test_event = async |event: &str, name: &str, seconds: i64, object: Value| {
            let mut body = stripe(event, name, START + seconds, object);
            body["livemode"] = json!(false);
            send(&service, shop, &sign(ShopProvider::Stripe, SECRET, &body, service.now())).await
        };
        test_event("evt_1", "checkout.session.completed", 0, checkout("cs_1", "pi_1", "plink_1")).await;
        let change = ShopChange { settings: Some(settings()), secret: None };
        purchase::change(&service, &ada.actor, shop, change).await.unwrap();
        let dispute = |status: &str| json!({"id": "du_1", "charge": "ch_1", "payment_intent": "pi_1", "status": status});
        let closed = "charge.dispute.closed";
        assert_eq!(test_event("evt_2", closed, 5, dispute("lost")).await, SUSPENDED);
        assert_eq!(test_event("evt_3", closed, 6, dispute("won")).await, REINSTATED);
    }
}
