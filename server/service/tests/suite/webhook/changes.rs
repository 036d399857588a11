//! The events of changes: in their transaction, for webhooks that subscribe to them, with the object's data.

use std::sync::Arc;
use std::time::Duration;

use domain::event::Event;
use domain::machine::{MachineRules, TrialRules};
use domain::view::WebhookView;
use domain::webhook::DeliveryState;
use sea_orm::Database;
use service::activation::{activate, deactivate};
use service::machine;
use service::webhook::{self, WebhookChange};
use tokio::time::sleep;

use super::{Receiver, URL, activate_domains, deliver, enable, make, settings, states};
use crate::machine::support::{claims, request, set_rules};
use test_support::{host, license, on_both_databases, seller, texts};

on_both_databases! {
    async fn an_activation_is_delivered_with_its_data(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.*"]).await;
        let (_, key) = license(&service, &ada, 2).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        assert_eq!(states(&service, &ada, &shop).await, [DeliveryState::Pending]);
        deactivate(&service, &key, &host("a.com"), None).await.unwrap();
        deliver(&service).await;
        let mut events = receiver.events();
        events.sort_unstable();
        assert_eq!(events, ["domainActivation.created", "domainActivation.deleted"]);
        let bodies = receiver.bodies();
        for body in &bodies {
            assert_eq!((body["data"]["kind"].as_str(), body["data"]["name"].as_str()), (Some("domain"), Some("a.com")));
            assert_eq!(body["triggeredAt"].as_str().map(str::len), Some("2026-03-02T09:15:04.120Z".len()));
        }
        assert_eq!(bodies[0]["data"]["id"], bodies[1]["data"]["id"]);
        assert_eq!(states(&service, &ada, &shop).await, [DeliveryState::Succeeded; 2]);
    }

    async fn machines_have_events_of_their_own(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let rules = MachineRules {
            trial: Some(TrialRules::of_days(14, domain::license::Limit::new(5))),
            ..MachineRules::default()
        };
        set_rules(&service, &ada, rules, "").await;
        make(&service, &ada, URL, &["*"]).await;
        make(&service, &ada, "https://noisy.example/", &["activation.updated"]).await;
        let (_, key) = license(&service, &ada, 2).await;
        let token = claims(&service, machine::activate(&service, request(&ada, &key, "f"), None).await.unwrap()).await;
        let id = token["aid"].as_str().unwrap().parse().unwrap();
        let renamed = machine::ActivationRequest {
            machine: domain::machine::Machine { hostname: "build-8".into(), ..request(&ada, &key, "f").machine },
            ..request(&ada, &key, "f")
        };
        machine::sync(&service, id, &renamed).await.unwrap();
        machine::deactivate(&service, id, None, None).await.unwrap();
        let trial = machine::TrialRequest {
            raw_product_id: ada.product.id.to_string(),
            fingerprint: domain::machine::Fingerprint::parse("t").unwrap(),
            machine: request(&ada, &key, "t").machine,
        };
        machine::start_trial(&service, &trial, None).await.unwrap();
        deliver(&service).await;
        let of = |url: &str| {
            let received = receiver.received();
            let of_url = received.iter().filter(|request| request.url == url);
            of_url.map(|request| serde_json::from_str::<serde_json::Value>(&request.body).unwrap()).collect::<Vec<_>>()
        };
        let all: Vec<String> = of(URL).iter().map(|body| body["event"].as_str().unwrap().to_owned()).collect();
        for event in ["activation.created", "activation.deleted", "trialActivation.created"] {
            assert_eq!(all.iter().filter(|name| *name == event).count(), 1, "{event}: {all:?}");
        }
        assert!(!all.contains(&"activation.updated".to_owned()), "{all:?}");
        let noisy = of("https://noisy.example/");
        assert_eq!(noisy.len(), 1);
        assert_eq!(noisy[0]["data"]["name"], "build-8");
        let deleted = of(URL).into_iter().find(|body| body["event"] == "activation.deleted").unwrap();
        assert_eq!((&deleted["data"]["kind"], &deleted["data"]["name"]), (&"machine".into(), &"build-8".into()));
    }

    async fn the_form_of_a_product_tells_of_its_own_template_and_policy(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["licenseTemplate.*", "trialPolicy.*"]).await;
        let trial = |days| Some(TrialRules::of_days(days, domain::license::Limit::new(5)));
        let rules = MachineRules { trial: trial(14), ..MachineRules::default() };
        // Trials are no rule of the template.
        set_rules(&service, &ada, rules.clone(), "").await;
        set_rules(&service, &ada, rules.clone(), "").await;
        let changed = MachineRules { trial: trial(7), user_locked: true, ..rules };
        set_rules(&service, &ada, changed, "").await;
        deliver(&service).await;
        let mut events = receiver.events();
        events.sort_unstable();
        assert_eq!(events, ["licenseTemplate.updated", "trialPolicy.created", "trialPolicy.updated"]);
        assert!(receiver.bodies().iter().all(|body| body["data"]["name"] == ada.product.name));
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT action || ' ' || detail AS text FROM audit_entries \
                   WHERE action LIKE 'license_template.%' OR action LIKE 'trial_policy.%' ORDER BY action";
        let expected = [Event::LicenseTemplateUpdated, Event::TrialPolicyCreated, Event::TrialPolicyUpdated]
            .map(|event| format!("{event} {}", ada.product.name));
        assert_eq!(texts(&connection, sql).await, expected);
    }

    async fn a_change_that_rolls_back_has_no_event(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["*"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        activate(&service, &key, &host("b.com"), None).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT event AS text FROM webhook_deliveries WHERE event LIKE 'domainActivation.%'";
        assert_eq!(texts(&connection, sql).await, ["domainActivation.created"]);
        assert!(states(&service, &ada, &shop).await.iter().all(|state| *state == DeliveryState::Pending));
    }

    async fn only_webhooks_of_the_account_that_take_the_event_get_it(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        enable(&service, &receiver);
        let other = make(&service, &ada, "https://other.example/", &["activation.created"]).await;
        let foreign = make(&service, &eve, "https://eve.example/", &["*"]).await;
        let off = make(&service, &ada, "https://off.example/", &["*"]).await;
        let change = WebhookChange { is_enabled: Some(false), ..WebhookChange::default() };
        webhook::change(&service, &ada.actor, off.id, change).await.unwrap();
        let before = states(&service, &ada, &off).await.len();
        let foreign_before = states(&service, &eve, &foreign).await.len();
        let (_, key) = license(&service, &ada, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        assert_eq!(states(&service, &ada, &other).await, []);
        assert_eq!(states(&service, &ada, &off).await.len(), before);
        assert_eq!(states(&service, &eve, &foreign).await.len(), foreign_before);
    }

    async fn webhooks_learn_of_each_other(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["webhook.*"]).await;
        let second = make(&service, &ada, "https://second.example/", &["user.*"]).await;
        webhook::rotate_secret(&service, &ada.actor, second.id, None, 0).await.unwrap();
        webhook::delete(&service, &ada.actor, second.id).await.unwrap();
        deliver(&service).await;
        let mut events = receiver.events();
        events.sort_unstable();
        // The first webhook gets its own creation too.
        assert_eq!(events, ["webhook.created", "webhook.created", "webhook.deleted", "webhook.updated"]);
        let deleted = receiver.bodies().into_iter().find(|body| body["event"] == "webhook.deleted").unwrap();
        assert_eq!(deleted["data"]["id"], second.id.to_string());
    }

    /// The caches of the node must be current, as on a running server.
    async fn accounts_without_webhooks_pay_nothing(db: TestDatabase) {
        let (service, statements) = db.open_watched().await;
        let ada = seller(&service, "ada").await;
        enable(&service, &Arc::<Receiver>::default());
        let (_, key) = license(&service, &ada, 100).await;
        let listener = tokio::spawn(service::cache_invalidation::listen(service.clone()));
        sleep(Duration::from_millis(500)).await;
        statements.take();
        activate(&service, &key, &host("first.com"), None).await.unwrap();
        let first = statements.take();
        assert_eq!(first.iter().filter(|sql| sql.contains("webhooks")).count(), 1, "the webhooks are read once");
        activate_domains(&service, &key, 20).await;
        let later = statements.take();
        assert!(later.iter().all(|sql| !sql.contains("webhook")), "{later:?}");
        listener.abort();
    }

    async fn a_new_webhook_gets_the_events_of_another_node_within_250_ms(db: TestDatabase) {
        let (here, there) = (db.open().await, db.open().await);
        let ada = seller(&here, "ada").await;
        let receiver = Arc::<Receiver>::default();
        enable(&here, &receiver);
        enable(&there, &receiver);
        let (_, key) = license(&here, &ada, 100).await;
        let listener = tokio::spawn(service::cache_invalidation::listen(there.clone()));
        sleep(Duration::from_millis(500)).await;
        // The other node caches that the account has no webhook.
        activate(&there, &key, &host("a.com"), None).await.unwrap();
        let shop: WebhookView = make(&here, &ada, URL, &["domainActivation.created"]).await;
        sleep(Duration::from_millis(250)).await;
        activate(&there, &key, &host("b.com"), None).await.unwrap();
        assert_eq!(states(&here, &ada, &shop).await.len(), 1);
        listener.abort();
    }

    async fn an_account_has_50_webhooks(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        enable(&service, &Arc::<Receiver>::default());
        for _ in 0..50 {
            make(&service, &ada, URL, &["user.created"]).await;
        }
        let more = webhook::create(&service, &ada.actor, settings(URL, &["*"]), None).await;
        assert!(matches!(more.err(), Some(service::Error::Conflict(_))));
    }

    async fn the_audit_log_names_changes_of_webhooks_and_no_secret(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        enable(&service, &Arc::<Receiver>::default());
        let shop = make(&service, &ada, "https://shop.example/secret-path", &["user.created"]).await;
        webhook::rotate_secret(&service, &ada.actor, shop.id, None, 1000).await.unwrap();
        webhook::send_test(&service, &ada.actor, shop.id, None).await.unwrap();
        webhook::delete(&service, &ada.actor, shop.id).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        let entries = texts(
            &connection,
            "SELECT action || ' ' || COALESCE(detail, '') AS text FROM audit_entries \
             WHERE action LIKE 'webhook.%' ORDER BY id",
        )
        .await;
        let expected = [
            format!("{} shop", Event::WebhookCreated),
            format!("{} shop", Event::WebhookSecretRotated),
            format!("{} shop: test of user.created", Event::WebhookRequested),
            format!("{} shop", Event::WebhookDeleted),
        ];
        assert_eq!(entries, expected);
    }
}
