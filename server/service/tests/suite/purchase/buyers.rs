//! Customers of purchases whose events do not name an address, and keys by mail.

use domain::ShopConnectionId;
use domain::purchase::{ShopOutcome, ShopProvider};
use serde_json::{Value, json};
use service::Service;
use service::purchase::{self, Received};

use super::{MONTH, START, open, pay, stripe_event, the_license};
use crate::mail::rows;
use test_support::on_both_databases;
use test_support::shop::{SECRET, checkout, connect, paddle, send, settings, sign, transaction};
use test_support::smtp::SmtpServer;

async fn paddle_event(
    service: &Service,
    shop: ShopConnectionId,
    id: &str,
    name: &str,
    data: Value,
) -> Received {
    let body = paddle(id, name, service.now(), data);
    send(service, shop, &sign(ShopProvider::Paddle, SECRET, &body, service.now())).await
}

fn customer() -> Value {
    json!({"id": "ctm_1", "email": "grace@navy.example", "name": "Grace Hopper", "locale": "en"})
}

on_both_databases! {
    async fn a_buyer_is_known_by_an_event_before_the_purchase(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let done = paddle_event(&service, shop, "evt_1", "customer.created", customer()).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Linked));
        let ends = service.now().plus_seconds(MONTH);
        let data = transaction("txn_1", "web", "sub_1", ends);
        let done = paddle_event(&service, shop, "evt_2", "transaction.completed", data).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Issued));
        let license = the_license(&service, &ada).await;
        assert_eq!(license.customer_email.as_deref(), Some("grace@navy.example"));
        assert_eq!(license.expires_at, Some(ends.plus_days(3)));
        let later = ends.plus_seconds(MONTH);
        let data = transaction("txn_2", "subscription_recurring", "sub_1", later);
        let done = paddle_event(&service, shop, "evt_3", "transaction.completed", data).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Renewed));
        let refund = json!({"id": "adj_1", "action": "refund", "type": "full", "status": "approved", "transaction_id": "txn_2"});
        let done = paddle_event(&service, shop, "evt_4", "adjustment.updated", refund).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Suspended));
    }

    async fn the_address_that_a_buyer_changed_to_is_used_in_any_order(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let now = service.now();
        for (id, name, at, email) in [
            ("evt_2", "customer.updated", now, "hopper@navy.example"),
            ("evt_1", "customer.created", now.plus_seconds(-60), "grace@navy.example"),
        ] {
            let body = paddle(id, name, at, json!({"id": "ctm_1", "email": email, "name": "Grace Hopper"}));
            send(&service, shop, &sign(ShopProvider::Paddle, SECRET, &body, now)).await;
        }
        let data = transaction("txn_1", "web", "sub_1", now.plus_seconds(MONTH));
        paddle_event(&service, shop, "evt_3", "transaction.completed", data).await;
        let license = the_license(&service, &ada).await;
        assert_eq!(license.customer_email.as_deref(), Some("hopper@navy.example"));
    }

    async fn a_buyer_who_becomes_known_later_gets_the_license_and_its_key(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let server = SmtpServer::start().await;
        server.enable(&service);
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let data = transaction("txn_1", "web", "sub_1", service.now().plus_seconds(MONTH));
        paddle_event(&service, shop, "evt_1", "transaction.completed", data).await;
        let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
        let detail = page.events[0].detail.clone().unwrap();
        assert!(detail.contains("The key was not mailed"), "{detail}");
        assert_eq!(the_license(&service, &ada).await.customer_id, None);
        paddle_event(&service, shop, "evt_2", "customer.updated", customer()).await;
        let license = the_license(&service, &ada).await;
        assert_eq!(license.customer_name.as_deref(), Some("Grace Hopper"));
        assert_eq!(rows(&db).await, ["license_key grace@navy.example queued 0"]);
        // The same event again, and another one, mail nothing.
        paddle_event(&service, shop, "evt_2", "customer.updated", customer()).await;
        paddle_event(&service, shop, "evt_3", "customer.updated", customer()).await;
        assert_eq!(rows(&db).await.len(), 1);
    }

    async fn the_key_is_mailed_with_the_purchase(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let server = SmtpServer::start().await;
        server.enable(&service);
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        for _ in 0..2 {
            let bought = checkout("cs_1", "pi_1", "plink_1");
            stripe_event(&service, shop, ("evt_1", "checkout.session.completed"), START, bought).await;
        }
        assert_eq!(rows(&db).await, ["license_key grace@navy.example queued 0"]);
    }

    async fn an_erasure_removes_payloads_that_changed_no_license(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let session = |subscription: &str| {
            json!({
                "id": format!("cs_{subscription}"), "mode": "subscription", "payment_status": "paid",
                "subscription": subscription, "customer_details": {"email": "grace@navy.example"},
            })
        };
        for (event, subscription) in [("evt_1", "sub_1"), ("evt_2", "sub_other")] {
            let event = (event, "checkout.session.completed");
            let done = stripe_event(&service, shop, event, START, session(subscription)).await;
            assert_eq!(done, Received::Applied(ShopOutcome::Ignored));
        }
        pay(&service, shop, ("evt_3", "in_1", "subscription_create"), START, START + MONTH).await;
        let holder = the_license(&service, &ada).await.customer_id.unwrap();
        service::customer::erase(&service, &ada.actor, holder).await.unwrap();
        let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
        let mut kept = Vec::new();
        for event in page.events {
            let shown = purchase::show_event(&service, &ada.actor, event.id).await.unwrap();
            kept.extend(shown.payload.map(|_| event.event_id));
        }
        assert_eq!(kept, ["evt_2"], "of another purchase");
    }

    async fn an_erasure_removes_the_payloads_of_a_customer(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        paddle_event(&service, shop, "evt_1", "customer.created", customer()).await;
        let data = transaction("txn_1", "web", "sub_1", service.now().plus_seconds(MONTH));
        paddle_event(&service, shop, "evt_2", "transaction.completed", data).await;
        let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
        let shown = purchase::show_event(&service, &ada.actor, page.events[0].id).await.unwrap();
        assert!(shown.payload.unwrap().contains("ctm_1"));
        let holder = the_license(&service, &ada).await.customer_id.unwrap();
        service::customer::erase(&service, &ada.actor, holder).await.unwrap();
        for event in page.events {
            let shown = purchase::show_event(&service, &ada.actor, event.id).await.unwrap();
            assert_eq!(shown.payload, None, "{}", event.name);
        }
    }
}
