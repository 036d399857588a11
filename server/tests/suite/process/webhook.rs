//! Webhooks of running servers: a node that is killed between commit and delivery loses no event, and another node
//! sends what the killed one had leased.

use std::collections::BTreeSet;

use domain::license::{Limit, NewLicense};
use domain::webhook::{SignatureScheme, Subscriptions, WebhookName, WebhookSettings, WebhookUrl};
use serde_json::Value;
use service::webhook::{self, Dispatcher};
use service::{Clock, license};
use test_support::receiver::HttpReceiver;
use test_support::{on_both_databases, seller};

use super::{Server, send};
use crate::webhook::enable;

const DOMAINS: u32 = 300;
const ALLOWED: [(&str, &str); 2] =
    [("COUNTERSIGN_WEBHOOK_ALLOW", "127.0.0.1"), ("COUNTERSIGN_WEBHOOK_ALLOW_HTTP", "on")];

on_both_databases! {
    async fn a_killed_node_loses_no_event(db: TestDatabase) {
        let (service, receiver) = (db.open().await, HttpReceiver::start().await);
        enable(&service);
        let ada = seller(&service, "ada").await;
        let settings = WebhookSettings {
            name: WebhookName::parse("name", "shop").unwrap(),
            url: WebhookUrl::parse(&receiver.url(), service.webhook_targets().unwrap()).unwrap(),
            is_enabled: true,
            events: Subscriptions::parse(["domainActivation.created"]).unwrap(),
            scheme: SignatureScheme::V3,
        };
        webhook::create(&service, &ada.actor, settings, None).await.unwrap();
        let new = NewLicense { domain_limit: Some(Limit::new(DOMAINS)), ..NewLicense::for_product(ada.product.id) };
        let key = license::issue(&service, &ada.actor, new).await.unwrap().pop().unwrap().key;

        let mut killed = Server::start_with(&db, &ALLOWED);
        // A SQLite database has one server.
        let _other = (!db.is_sqlite()).then(|| Server::start_with(&db, &ALLOWED));
        let address = killed.address;
        let activating = tokio::task::spawn_blocking(move || {
            let mut acknowledged = BTreeSet::new();
            for n in 0..DOMAINS {
                let domain = format!("d{n}.example.com");
                let body = serde_json::json!({ "license_key": key.expose(), "domain": domain }).to_string();
                match send(address, "POST", "/activate", &body) {
                    Some((200, _)) => acknowledged.insert(domain),
                    _ => break,
                };
            }
            acknowledged
        });
        receiver.wait_for(20).await;
        killed.kill();
        let acknowledged = activating.await.unwrap();
        assert!(acknowledged.len() >= 20, "{}", acknowledged.len());

        // What the killed node had leased is sent after the lease.
        let later = db.open_at(Clock::manual(Clock::System.now().plus_seconds(61))).await;
        enable(&later);
        Dispatcher::new(&later).unwrap().run_until_idle().await.unwrap();
        let domain_of = |body: &str| {
            let body: Value = serde_json::from_str(body).unwrap();
            body["data"]["domain"].as_str().unwrap().to_owned()
        };
        let received = receiver.received();
        let arrived: BTreeSet<String> = received.iter().map(|request| domain_of(&request.body)).collect();
        let missing: Vec<&String> = acknowledged.difference(&arrived).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let ids: BTreeSet<_> = received.iter().filter_map(|request| request.header("webhook-id")).collect();
        assert_eq!(ids.len(), arrived.len(), "an event that arrives twice has the same id");
    }
}
