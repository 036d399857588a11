//! Lemon Squeezy: events without an id, and two events of one purchase.

use domain::ShopConnectionId;
use domain::license::Standing;
use domain::purchase::{PriceId, PriceTerms, ShopOutcome, ShopProvider};
use serde_json::{Value, json};
use service::Service;
use service::purchase::Received;

use super::{MONTH, licenses, open, the_license};
use test_support::on_both_databases;
use test_support::shop::{SECRET, connect, lemon_squeezy, send, settings, sign};

async fn event(
    service: &Service,
    shop: ShopConnectionId,
    name: &str,
    id: &str,
    attributes: Value,
) -> Received {
    let body = lemon_squeezy(name, id, service.now(), attributes);
    send(service, shop, &sign(ShopProvider::LemonSqueezy, SECRET, &body, service.now())).await
}

fn order() -> Value {
    json!({"status": "paid", "refunded": false, "first_order_item": {"variant_id": 42, "quantity": 1}})
}

fn subscription(renews_at: domain::Timestamp) -> Value {
    json!({
        "status": "active", "order_id": 1, "variant_id": 42, "renews_at": renews_at.rfc3339(),
        "first_subscription_item": {"quantity": 1},
    })
}

on_both_databases! {
    async fn an_order_and_its_subscription_issue_one_license_in_any_order(db: TestDatabase) {
        for order_first in [true, false] {
            let clock = service::Clock::manual(domain::Timestamp::from_millis(crate::purchase::START * 1000));
            let service = db.open_at(clock).await;
            let ada = test_support::seller(&service, &format!("ada-{order_first}")).await;
            let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
            let ends = service.now().plus_seconds(MONTH);
            if order_first {
                event(&service, shop, "order_created", "1", order()).await;
            }
            event(&service, shop, "subscription_created", "9", subscription(ends)).await;
            if !order_first {
                event(&service, shop, "order_created", "1", order()).await;
            }
            let license = the_license(&service, &ada).await;
            assert_eq!(license.expires_at, Some(ends.plus_days(3)), "the period of the subscription");
        }
    }

    async fn the_events_of_a_new_subscription_come_in_any_order(db: TestDatabase) {
        let names = ["order_created", "subscription_updated", "subscription_created"];
        for (n, order_of) in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].iter().enumerate() {
            let clock = service::Clock::manual(domain::Timestamp::from_millis(crate::purchase::START * 1000));
            let service = db.open_at(clock).await;
            let ada = test_support::seller(&service, &format!("ada-{n}")).await;
            let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
            let ends = service.now().plus_seconds(MONTH);
            for name in order_of.map(|at: usize| names[at]) {
                if name == "order_created" {
                    event(&service, shop, name, "1", order()).await;
                } else {
                    event(&service, shop, name, "9", subscription(ends)).await;
                }
            }
            assert_eq!(the_license(&service, &ada).await.expires_at, Some(ends.plus_days(3)), "{order_of:?}");
        }
    }

    async fn a_period_of_the_price_has_days_of_grace_in_any_order(db: TestDatabase) {
        for order_first in [true, false] {
            let clock = service::Clock::manual(domain::Timestamp::from_millis(crate::purchase::START * 1000));
            let service = db.open_at(clock).await;
            let ada = test_support::seller(&service, &format!("ada-{order_first}")).await;
            let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
            let terms = PriceTerms { validity: domain::Period::from_days(30), ..PriceTerms::default() };
            let price = PriceId::parse("price", "42").unwrap();
            service::purchase::set_price(&service, &ada.actor, shop, &price, terms).await.unwrap();
            let ends = service.now().plus_seconds(MONTH);
            if order_first {
                event(&service, shop, "order_created", "1", order()).await;
            }
            event(&service, shop, "subscription_created", "9", subscription(ends)).await;
            if !order_first {
                event(&service, shop, "order_created", "1", order()).await;
            }
            let license = the_license(&service, &ada).await;
            assert_eq!(license.expires_at, Some(service.now().plus_days(33)), "{order_first}");
        }
    }

    async fn a_period_in_which_a_subscription_is_taken_over_counts_once(db: TestDatabase) {
        // An order alone is known in the last case: its subscription began before the connection was complete.
        for (n, names) in [
            ["subscription_payment_success", "subscription_updated"].as_slice(),
            ["subscription_updated", "subscription_payment_success"].as_slice(),
            ["order_created", "subscription_payment_success", "subscription_updated"].as_slice(),
        ].into_iter().enumerate() {
            let clock = service::Clock::manual(domain::Timestamp::from_millis(crate::purchase::START * 1000));
            let service = db.open_at(clock.clone()).await;
            let ada = test_support::seller(&service, &format!("ada-{n}")).await;
            let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
            let terms = PriceTerms { validity: domain::Period::from_days(30), ..PriceTerms::default() };
            let price = PriceId::parse("price", "42").unwrap();
            service::purchase::set_price(&service, &ada.actor, shop, &price, terms).await.unwrap();
            let ends = service.now().plus_seconds(MONTH);
            let payment = || json!({"subscription_id": 9, "billing_reason": "renewal", "status": "paid"});
            for &name in names {
                match name {
                    "order_created" => event(&service, shop, name, "1", order()).await,
                    "subscription_updated" => event(&service, shop, name, "9", subscription(ends)).await,
                    _ => event(&service, shop, name, "5", payment()).await,
                };
            }
            assert_eq!(the_license(&service, &ada).await.expires_at, Some(ends.plus_days(3)), "{names:?}");
            // Each renewal adds a period, in any order of its two events.
            clock.set(ends);
            let later = ends.plus_seconds(MONTH);
            event(&service, shop, "subscription_payment_success", "6", payment()).await;
            event(&service, shop, "subscription_updated", "9", subscription(later)).await;
            assert_eq!(the_license(&service, &ada).await.expires_at, Some(later.plus_days(3)), "{names:?}");
            clock.set(later);
            event(&service, shop, "subscription_updated", "9", subscription(later.plus_seconds(MONTH))).await;
            event(&service, shop, "subscription_payment_success", "7", payment()).await;
            let end = later.plus_seconds(MONTH).plus_days(3);
            assert_eq!(the_license(&service, &ada).await.expires_at, Some(end), "{names:?}");
        }
    }

    async fn a_subscription_is_renewed_suspended_and_reinstated(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
        let ends = service.now().plus_seconds(MONTH);
        event(&service, shop, "subscription_created", "9", subscription(ends)).await;
        let again = event(&service, shop, "subscription_created", "9", subscription(ends)).await;
        assert_eq!(again, Received::Repeated, "the same body");
        let payment = |reason: &str| json!({"subscription_id": 9, "billing_reason": reason, "status": "paid"});
        let done = event(&service, shop, "subscription_payment_success", "5", payment("initial")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Linked));
        clock.set(service.now().plus_seconds(MONTH));
        let done = event(&service, shop, "subscription_payment_failed", "6", payment("renewal")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Suspended));
        clock.set(service.now().plus_seconds(60));
        let done = event(&service, shop, "subscription_payment_recovered", "6", payment("renewal")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Reinstated));
        let later = ends.plus_seconds(MONTH);
        let done = event(&service, shop, "subscription_updated", "9", subscription(later)).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Renewed));
        let license = the_license(&service, &ada).await;
        assert_eq!((license.standing, license.expires_at), (Standing::Active, Some(later.plus_days(3))));
        assert_eq!(licenses(&service, &ada).await.len(), 1);
    }
}
