//! What is deleted, and the marks of expiries.

use std::sync::Arc;

use domain::license_rules::RuleOverrides;
use sea_orm::Database;
use service::license::{EditLicense, edit, renew};
use service::webhook::{self, WebhookChange, queue_expiry_events};
use service::{Clock, RetentionPolicy, prune};

use super::{Receiver, URL, activate_domains, clock, deliver, enable, make, settings};
use test_support::{TestDatabase, license, on_both_databases, seller, texts};

async fn count(db: &TestDatabase, from: &str) -> String {
    let connection = Database::connect(&db.url).await.unwrap();
    let rows = texts(&connection, &format!("SELECT cast(count(*) AS text) AS text FROM {from}")).await;
    connection.close().await.unwrap();
    rows[0].clone()
}

on_both_databases! {
    async fn deliveries_and_their_log_are_kept_for_30_days(db: TestDatabase) {
        let now = Clock::System.now();
        let (service, receiver) = (db.open_at(Clock::manual(now)).await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        activate_domains(&service, &key, 1).await;
        deliver(&service).await;
        let keep = RetentionPolicy { events: 1000, audit: None };
        for (days, deleted) in [(29, 0), (31, 2)] {
            let later = db.open_at(Clock::manual(now.plus_days(days))).await;
            assert_eq!(prune(&later, keep).await.unwrap(), deleted, "{days} days");
        }
    }

    async fn a_deleted_webhook_drops_what_waits(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 100).await;
        activate_domains(&service, &key, 3).await;
        webhook::delete(&service, &ada.actor, shop.id).await.unwrap();
        deliver(&service).await;
        assert_eq!(receiver.received().len(), 0);
        assert_eq!(count(&db, "webhook_deliveries").await, "0");
        assert_eq!(count(&db, "webhook_attempts").await, "0");
    }

    async fn bodies_and_answers_are_sealed(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        activate_domains(&service, &key, 1).await;
        deliver(&service).await;
        let hex = if db.is_sqlite() { "lower(hex(" } else { "encode(" };
        let end = if db.is_sqlite() { "))" } else { ", 'hex')" };
        let connection = Database::connect(&db.url).await.unwrap();
        for (column, table, clear) in [
            ("body_sealed", "webhook_deliveries", "d0.example.com"),
            ("answer_sealed", "webhook_attempts", "answer 200"),
            ("secret_sealed", "webhooks", "secret"),
        ] {
            let stored = texts(&connection, &format!("SELECT {hex}{column}{end} AS text FROM {table}")).await;
            let clear = to_hex(clear);
            assert!(!stored.is_empty() && stored.iter().all(|stored| !stored.contains(&clear)), "{column}");
        }
    }

    async fn an_expiry_is_marked_and_sent_once(db: TestDatabase) {
        let clock = clock();
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let receiver = Arc::<Receiver>::default();
        enable(&service, &receiver);
        let (id, _) = license(&service, &ada, 1).await;
        let until = |days| domain::license::Renewal::Until(service.now().plus_days(days));
        renew(&service, &ada.actor, id, until(10), None).await.unwrap();
        queue_expiry_events(&service).await.unwrap();
        assert_eq!(count(&db, "license_expiry_events").await, "0", "no webhook takes them");
        clock.set(service.now().plus_seconds(1));
        make(&service, &ada, URL, &["license.*"]).await;
        assert_eq!(queue_expiry_events(&service).await.unwrap(), 0, "it was due before");
        assert_eq!(count(&db, "license_expiry_events WHERE event = 'license.expiring-soon'").await, "1");
        clock.set(service.now().plus_seconds(1));
        renew(&service, &ada.actor, id, until(20), None).await.unwrap();
        assert_eq!(queue_expiry_events(&service).await.unwrap(), 1, "another expiry");
        assert_eq!(queue_expiry_events(&service).await.unwrap(), 0);
        clock.set(service.now().plus_days(20).plus_seconds(1));
        assert_eq!(queue_expiry_events(&service).await.unwrap(), 1, "it expired");
        assert_eq!(queue_expiry_events(&service).await.unwrap(), 0);
        assert_eq!(count(&db, "license_expiry_events WHERE event = 'license.expired'").await, "1");
        deliver(&service).await;
        let mut events = receiver.events();
        events.sort_unstable();
        assert_eq!(events, ["license.expired", "license.expiresAt.updated", "license.expiring-soon"]);
        clock.set(service.now().plus_days(9));
        prune(&service, RetentionPolicy { events: 1000, audit: None }).await.unwrap();
        assert_eq!(count(&db, "license_expiry_events").await, "0");
    }
}

on_both_databases! {
    async fn another_list_of_events_keeps_an_expiry_that_is_due(db: TestDatabase) {
        let clock = clock();
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        enable(&service, &Arc::<Receiver>::default());
        let shop = make(&service, &ada, URL, &["license.expired", "user.*"]).await;
        let (id, _) = license(&service, &ada, 1).await;
        let until = domain::license::Renewal::Until(service.now().plus_days(1));
        renew(&service, &ada.actor, id, until, None).await.unwrap();
        let take = async |events: &[&str]| {
            clock.set(service.now().plus_seconds(1));
            let change = WebhookChange { events: Some(settings(URL, events).events), ..WebhookChange::default() };
            webhook::change(&service, &ada.actor, shop.id, change).await.unwrap();
            queue_expiry_events(&service).await.unwrap()
        };
        clock.set(service.now().plus_days(1));
        // The event of the expiry is due and not written yet.
        assert_eq!(take(&["user.created", "license.expired"]).await, 1);
        assert_eq!(take(&["user.created"]).await, 0);
        renew(&service, &ada.actor, id, domain::license::Renewal::Until(service.now().plus_days(1)), None)
            .await
            .unwrap();
        clock.set(service.now().plus_days(1));
        assert_eq!(take(&["license.expired"]).await, 0, "it was due before the webhook took the event");
    }
}

on_both_databases! {
    async fn a_license_expires_soon_by_its_own_offset_else_its_products(db: TestDatabase) {
        let clock = clock();
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let receiver = Arc::<Receiver>::default();
        enable(&service, &receiver);
        make(&service, &ada, URL, &["license.expiring-soon"]).await;
        let mut ids = Vec::new();
        for offset_days in [None, Some(5), Some(60)] {
            let (id, _) = license(&service, &ada, 1).await;
            let until = domain::license::Renewal::Until(service.now().plus_days(50));
            renew(&service, &ada.actor, id, until, None).await.unwrap();
            let rules = RuleOverrides {
                expiring_soon: offset_days.map(|days: u32| days * 86_400),
                ..RuleOverrides::default()
            };
            let change = EditLicense { rules, ..EditLicense::default() };
            assert!(edit(&service, &ada.actor, id, &change).await.unwrap().is_ok());
            ids.push(id.to_string());
        }
        let mut sent: Vec<String> = Vec::new();
        for day in [0, 19, 21, 44, 46] {
            let later = db.open_at(Clock::manual(service.now().plus_days(day))).await;
            enable(&later, &receiver);
            assert_eq!(queue_expiry_events(&later).await.unwrap(), u64::from([0, 21, 46].contains(&day)), "day {day}");
            deliver(&later).await;
            let bodies = receiver.bodies();
            sent = bodies.iter().map(|body| body["data"]["id"].as_str().unwrap().to_owned()).collect();
        }
        assert_eq!(sent, [ids[2].clone(), ids[0].clone(), ids[1].clone()]);
    }
}

fn to_hex(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
