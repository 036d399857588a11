//! Events of the test modes of providers.

use domain::purchase::{ShopOutcome, ShopProvider, ShopSettings};
use serde_json::{Value, json};
use service::purchase::{self, Received, ShopChange};

use super::{START, licenses, open};
use test_support::on_both_databases;
use test_support::shop::{SECRET, checkout, connect, lemon_squeezy, send, settings, sign, stripe};

/// A purchase in test mode, as Stripe and Lemon Squeezy send it.
fn test_purchases(now: domain::Timestamp) -> [(ShopProvider, Value); 2] {
    let mut of_stripe =
        stripe("evt_1", "checkout.session.completed", START, checkout("cs_1", "pi_1", "plink_1"));
    of_stripe["livemode"] = json!(false);
    let order = json!({"status": "paid", "first_order_item": {"variant_id": 42, "quantity": 1}});
    let mut of_lemon_squeezy = lemon_squeezy("order_created", "1", now, order);
    of_lemon_squeezy["meta"]["test_mode"] = json!(true);
    [(ShopProvider::Stripe, of_stripe), (ShopProvider::LemonSqueezy, of_lemon_squeezy)]
}

on_both_databases! {
    async fn test_events_are_marked_and_ignored_until_the_seller_accepts_them(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        for (n, (provider, body)) in test_purchases(service.now()).into_iter().enumerate() {
            let shop = connect(&service, &ada, provider, settings()).await.id;
            let done = send(&service, shop, &sign(provider, SECRET, &body, service.now())).await;
            assert_eq!(done, Received::Applied(ShopOutcome::Ignored), "{provider}");
            assert_eq!(licenses(&service, &ada).await.len(), n, "{provider}");
            let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
            let event = &page.events[0];
            assert!(event.is_test && event.detail.as_ref().is_some_and(|why| why.contains("A test event")));
            assert!(!page.connection.accepts_test_events);
            // The seller accepts test events, and has the event applied again.
            let accepting = ShopSettings { accepts_test_events: true, ..settings() };
            let change = ShopChange { settings: Some(accepting), secret: None };
            purchase::change(&service, &ada.actor, shop, change).await.unwrap();
            assert!(purchase::show(&service, &ada.actor, shop).await.unwrap().accepts_test_events);
            let done = purchase::repeat(&service, &ada.actor, event.id).await.unwrap();
            assert_eq!(done, ShopOutcome::Issued, "{provider}");
            assert!(purchase::show_event(&service, &ada.actor, event.id).await.unwrap().event.is_test);
        }
        assert_eq!(licenses(&service, &ada).await.len(), 2);
    }

    async fn live_events_are_applied_and_not_marked(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        for (provider, mut body) in test_purchases(service.now()) {
            if provider == ShopProvider::Stripe {
                body["livemode"] = json!(true);
            } else {
                body["meta"]["test_mode"] = json!(false);
            }
            let shop = connect(&service, &ada, provider, settings()).await.id;
            let done = send(&service, shop, &sign(provider, SECRET, &body, service.now())).await;
            assert_eq!(done, Received::Applied(ShopOutcome::Issued), "{provider}");
            let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
            assert!(!page.events[0].is_test, "{provider}");
        }
    }

    async fn a_test_refund_ends_the_license_of_a_test_purchase(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let accepting = ShopSettings { accepts_test_events: true, ..settings() };
        let shop = connect(&service, &ada, ShopProvider::Stripe, accepting).await.id;
        let [(_, bought), _] = test_purchases(service.now());
        let send_now = async |body: &Value| send(&service, shop, &sign(ShopProvider::Stripe, SECRET, body, service.now())).await;
        assert_eq!(send_now(&bought).await, Received::Applied(ShopOutcome::Issued));
        let change = ShopChange { settings: Some(settings()), secret: None };
        purchase::change(&service, &ada.actor, shop, change).await.unwrap();
        let refund = |event: &str, payment: &str| {
            let object = json!({"id": format!("ch_{payment}"), "payment_intent": payment, "refunded": true});
            let mut body = stripe(event, "charge.refunded", START + 5, object);
            body["livemode"] = json!(false);
            body
        };
        let unknown = send_now(&refund("evt_2", "pi_2")).await;
        assert_eq!(unknown, Received::Applied(ShopOutcome::Ignored));
        let known = send_now(&refund("evt_3", "pi_1")).await;
        assert_eq!(known, Received::Applied(ShopOutcome::Suspended));
    }
}
