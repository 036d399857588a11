//! Signed bodies that cannot be read, and bodies that name no purchase.

use domain::purchase::{ShopOutcome, ShopProvider};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::json;
use service::purchase::{self, Received};
use service::{Clock, RetentionPolicy, prune};

use super::{START, newest, open, stripe_event, the_license};
use test_support::shop::{SECRET, checkout, connect, send, settings, sign, stripe};
use test_support::{on_both_databases, seller, texts};

const COMPLETED: &str = "checkout.session.completed";

on_both_databases! {
    async fn a_signed_body_that_cannot_be_read_is_logged_once(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let no_object = stripe("evt_1", "invoice.paid", START, json!([]));
        for body in [json!("no event"), json!({"hello": "world"}), no_object] {
            let signed = sign(ShopProvider::Stripe, SECRET, &body, service.now());
            assert_eq!(send(&service, shop, &signed).await, Received::Applied(ShopOutcome::Ignored), "{body}");
            assert_eq!(send(&service, shop, &signed).await, Received::Repeated, "{body}");
        }
        let event = newest(&service, &ada, shop).await;
        assert_eq!(event.name, "invoice.paid");
        assert!(event.detail.as_ref().is_some_and(|why| why.contains("cannot be read")), "{event:?}");
        assert_eq!(purchase::repeat(&service, &ada.actor, event.id).await.unwrap(), ShopOutcome::Ignored);
        let shown = purchase::show_event(&service, &ada.actor, event.id).await.unwrap();
        assert!(shown.payload.is_some_and(|text| text.contains("invoice.paid")));
    }

    async fn a_repetition_of_an_event_that_can_be_read_now_describes_its_entry(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        stripe_event(&service, shop, ("evt_1", COMPLETED), START, checkout("cs_1", "pi_1", "plink_1")).await;
        // As a version stored it that could not read it. A refund waits.
        let connection = Database::connect(&db.url).await.unwrap();
        for table in ["purchases", "purchase_references"] {
            connection.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
        }
        let id = the_license(&service, &ada).await.id;
        service::license::delete(&service, &ada.actor, id).await.unwrap();
        let sql = "UPDATE shop_events SET event_id = 'unreadable:0', name = 'unreadable', reference = NULL, \
                   license_id = NULL, outcome = 'ignored', occurred_at = 7, is_test = TRUE";
        connection.execute_unprepared(sql).await.unwrap();
        let entry = newest(&service, &ada, shop).await.id;
        assert_eq!(purchase::repeat(&service, &ada.actor, entry).await.unwrap(), ShopOutcome::Issued);
        let event = newest(&service, &ada, shop).await;
        assert_eq!((event.name.as_str(), event.event_id.as_str(), event.is_test), (COMPLETED, "evt_1", false));
        let sql = "SELECT reference || ' ' || CAST(occurred_at AS TEXT) AS text FROM shop_events";
        assert_eq!(texts(&connection, sql).await, [format!("pi_1 {}", START * 1000)]);
        // The provider's repetition of it is known.
        let again = stripe_event(&service, shop, ("evt_1", COMPLETED), START, checkout("cs_1", "pi_1", "plink_1")).await;
        assert_eq!(again, Received::Repeated);
    }

    async fn a_repetition_keeps_its_id_if_another_entry_has_the_one_of_the_event(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let bought = || checkout("cs_1", "pi_1", "plink_1");
        stripe_event(&service, shop, ("evt_1", COMPLETED), START, bought()).await;
        let entry = newest(&service, &ada, shop).await.id;
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "UPDATE shop_events SET event_id = 'unreadable:0', outcome = 'ignored'";
        connection.execute_unprepared(sql).await.unwrap();
        let done = stripe_event(&service, shop, ("evt_1", COMPLETED), START, bought()).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        assert_eq!(purchase::repeat(&service, &ada.actor, entry).await.unwrap(), ShopOutcome::Unchanged);
        let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
        let ids: Vec<&str> = page.events.iter().map(|event| event.event_id.as_str()).collect();
        assert_eq!(ids, ["evt_1", "unreadable:0"]);
    }

    async fn a_repetition_of_an_event_that_still_cannot_be_read_names_it(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let body = stripe("evt_1", "invoice.paid", START, json!([]));
        send(&service, shop, &sign(ShopProvider::Stripe, SECRET, &body, service.now())).await;
        let connection = Database::connect(&db.url).await.unwrap();
        connection.execute_unprepared("UPDATE shop_events SET name = 'x', reference = 'x', is_test = TRUE").await.unwrap();
        let entry = newest(&service, &ada, shop).await.id;
        assert_eq!(purchase::repeat(&service, &ada.actor, entry).await.unwrap(), ShopOutcome::Ignored);
        let event = newest(&service, &ada, shop).await;
        assert_eq!((event.name.as_str(), event.is_test), ("invoice.paid", false));
        let sql = "SELECT COALESCE(reference, 'none') || ' ' || CAST(occurred_at AS TEXT) AS text FROM shop_events";
        assert_eq!(texts(&connection, sql).await, [format!("none {}", START * 1000)], "when it came");
    }

    async fn bodies_that_no_erasure_finds_are_removed_after_a_month(db: TestDatabase) {
        let clock = Clock::manual(Clock::System.now());
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let now = service.now();
        stripe_event(&service, shop, ("evt_1", COMPLETED), now.seconds(), checkout("cs_1", "pi_1", "plink_1")).await;
        // One that cannot be read, and one about no purchase. Both may name a person.
        let unreadable = json!({"type": "invoice.paid", "customer_email": "grace@navy.example"});
        send(&service, shop, &sign(ShopProvider::Stripe, SECRET, &unreadable, now)).await;
        let customer = json!({"id": "cus_1", "email": "grace@navy.example"});
        stripe_event(&service, shop, ("evt_3", "customer.created"), now.seconds(), customer).await;
        let policy = RetentionPolicy { events: 365, audit: None };
        for (days, left) in [(29, 3), (2, 1)] {
            clock.set(service.now().plus_days(days));
            prune(&service, policy).await.unwrap();
            let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
            assert_eq!(page.events.len(), 3, "the entries stay");
            let mut bodies = Vec::new();
            for event in &page.events {
                let shown = purchase::show_event(&service, &ada.actor, event.id).await.unwrap();
                bodies.extend(shown.payload);
            }
            assert_eq!(bodies.len(), left, "{days}");
            assert!(bodies.iter().any(|body| body.contains("plink_1")), "that of the purchase stays");
        }
    }
}
