//! Changes of a webhook while a node has leased deliveries of it.

use std::sync::Arc;
use std::time::Duration;

use domain::view::WebhookView;
use domain::webhook::DeliveryState;
use service::webhook::{self, Dispatcher, WebhookChange};
use service::{Clock, Service};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::{Receiver, URL, activate_domains, advance, clock, enable, make, settings, states};
use test_support::{Seller, TestDatabase, license, on_both_databases, seller};

/// A node that has leased ten deliveries. The receiver does not answer the first two, and the others are queued.
struct LeasedNode {
    service: Service,
    clock: Clock,
    receiver: Arc<Receiver>,
    seller: Seller,
    hook: WebhookView,
    running: JoinHandle<()>,
    _stop: tokio::sync::watch::Sender<bool>,
}

impl LeasedNode {
    async fn start(db: &TestDatabase) -> Self {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let seller = seller(&service, "ada").await;
        enable(&service, &receiver);
        let hook = make(&service, &seller, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &seller, 10).await;
        activate_domains(&service, &key, 10).await;
        receiver.hang(URL);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(Dispatcher::new(&service).expect("webhooks are on").run(stopped));
        while receiver.count(URL) < 2 {
            sleep(Duration::from_millis(5)).await;
        }
        Self { service, clock, receiver, seller, hook, running, _stop: stop }
    }

    /// Changes the webhook, and lets the receiver answer after a second of the clock.
    async fn change(&self, change: WebhookChange) {
        webhook::change(&self.service, &self.seller.actor, self.hook.id, change).await.unwrap();
        advance(&self.clock, 1_001);
        self.receiver.unhang();
    }
}

impl Drop for LeasedNode {
    fn drop(&mut self) {
        self.running.abort();
    }
}

on_both_databases! {
    async fn a_new_address_holds_for_leased_deliveries(db: TestDatabase) {
        let node = LeasedNode::start(&db).await;
        let other = "https://other.example/";
        let url = Some(settings(other, &["*"]).url);
        node.change(WebhookChange { url, ..WebhookChange::default() }).await;
        let arrive = async {
            while node.receiver.count(other) < 8 {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_mins(1), arrive).await.expect("the other address gets the rest");
        assert_eq!(node.receiver.count(URL), 2);
    }

    async fn leased_deliveries_of_a_disabled_webhook_are_skipped(db: TestDatabase) {
        let node = LeasedNode::start(&db).await;
        node.change(WebhookChange { is_enabled: Some(false), ..WebhookChange::default() }).await;
        let skip = async {
            loop {
                let states = states(&node.service, &node.seller, &node.hook).await;
                if states.iter().filter(|state| **state == DeliveryState::Skipped).count() == 8 {
                    break;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_mins(1), skip).await.expect("the rest is skipped");
        assert_eq!(node.receiver.count(URL), 2);
    }
}
