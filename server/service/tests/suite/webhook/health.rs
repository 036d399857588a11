//! The health of webhooks: unhealthy, suspended, resumed.

use std::sync::Arc;
use std::time::Duration;

use domain::view::WebhookView;
use domain::webhook::{DeliveryState, WebhookStatus};
use sea_orm::{ConnectionTrait as _, Database, DatabaseTransaction, TransactionTrait as _};
use service::Service;
use service::webhook::{self, Dispatcher, WebhookChange};
use test_support::{Seller, TestDatabase};
use tokio::time::sleep;

use super::{Receiver, URL, activate_domains, advance, clock, deliver, enable, make, states, status};
use test_support::{license, on_both_databases, seller};

async fn show(service: &Service, seller: &Seller, webhook: &WebhookView) -> WebhookView {
    webhook::show(service, &seller.actor, webhook.id).await.unwrap()
}

/// Enables the webhook in a transaction that is open, like another node. Until it ends, no other transaction changes
/// deliveries.
#[allow(clippy::disallowed_methods, reason = "the connection acts as another node")]
async fn enable_in_open_transaction(db: &TestDatabase) -> DatabaseTransaction {
    let txn = Database::connect(&db.url).await.unwrap().begin().await.unwrap();
    if !db.is_sqlite() {
        txn.execute_unprepared("LOCK TABLE webhook_deliveries IN EXCLUSIVE MODE").await.unwrap();
    }
    txn.execute_unprepared("UPDATE webhooks SET is_enabled = TRUE").await.unwrap();
    txn
}

on_both_databases! {
    async fn a_failure_is_shown_and_a_success_heals(db: TestDatabase) {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        receiver.answer(URL, [status(302)]);
        activate_domains(&service, &key, 1).await;
        deliver(&service).await;
        let failing = show(&service, &ada, &shop).await;
        assert_eq!((failing.status, failing.consecutive_failures), (WebhookStatus::Unhealthy, 1));
        assert_eq!(webhook::list_failing(&service, &ada.actor).await.unwrap().len(), 1);
        let at = advance(&clock, 6_000);
        deliver(&service).await;
        let healed = show(&service, &ada, &shop).await;
        assert_eq!((healed.status, healed.consecutive_failures), (WebhookStatus::Healthy, 0));
        assert_eq!(healed.last_succeeded_at, Some(at));
        assert_eq!(webhook::list_failing(&service, &ada.actor).await.unwrap(), []);
        let counted = service::metrics::process(&service).webhook_attempts;
        assert_eq!(counted, [("succeeded", 1), ("failed", 1), ("gone", 0)]);
    }

    async fn fifty_failures_over_a_day_suspend(db: TestDatabase) {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 200).await;
        receiver.answer(URL, std::iter::repeat_n(status(500), 1000));
        activate_domains(&service, &key, 60).await;
        // After a failure a lane gives deliveries back, so that more rounds are needed.
        for _ in 0..12 {
            deliver(&service).await;
        }
        let burst = show(&service, &ada, &shop).await;
        assert_eq!((burst.status, burst.consecutive_failures), (WebhookStatus::Unhealthy, 60));
        advance(&clock, 25 * 3_600_000);
        deliver(&service).await;
        assert_eq!(show(&service, &ada, &shop).await.status, WebhookStatus::Suspended);
        // What waits is skipped once it is due, and new events are written as skipped.
        let sent = receiver.received().len();
        deliver(&service).await;
        service::activation::activate(&service, &key, &test_support::host("new.com"), None).await.unwrap();
        deliver(&service).await;
        assert_eq!(receiver.received().len(), sent);
        assert_eq!(states(&service, &ada, &shop).await.last(), Some(&DeliveryState::Skipped));
        // A member lifts the suspension. Skipped deliveries stay so until a member sends them.
        let enabled = WebhookChange { is_enabled: Some(true), ..WebhookChange::default() };
        let resumed = webhook::change(&service, &ada.actor, shop.id, enabled).await.unwrap();
        assert_eq!((resumed.status, resumed.consecutive_failures), (WebhookStatus::Healthy, 0));
        service::activation::activate(&service, &key, &test_support::host("newer.com"), None).await.unwrap();
        assert_eq!(states(&service, &ada, &shop).await.last(), Some(&DeliveryState::Pending));
    }

    async fn gone_suspends_at_once_and_is_not_tried_again(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        receiver.answer(URL, [status(410)]);
        activate_domains(&service, &key, 1).await;
        deliver(&service).await;
        assert_eq!(show(&service, &ada, &shop).await.status, WebhookStatus::Suspended);
        assert_eq!(states(&service, &ada, &shop).await, [DeliveryState::Failed]);
        let by = test_support::new_operator(&service, "olga").await;
        let by = service::account::member(&service, by.user, None).await.unwrap();
        let health = service::operator::health(&service, &by).await.unwrap().webhooks;
        assert_eq!((health.unhealthy, health.suspended), (0, 1));
        let counted = webhook::health(&service).await.unwrap();
        assert_eq!((counted.unhealthy, counted.suspended), (0, 1));
    }

    async fn a_disabled_webhook_skips_what_waits(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        activate_domains(&service, &key, 1).await;
        let off = WebhookChange { is_enabled: Some(false), ..WebhookChange::default() };
        webhook::change(&service, &ada.actor, shop.id, off).await.unwrap();
        deliver(&service).await;
        assert_eq!(receiver.received().len(), 0);
        assert_eq!(states(&service, &ada, &shop).await, [DeliveryState::Skipped]);
    }

    async fn a_webhook_that_is_enabled_during_a_claim_skips_nothing(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        activate_domains(&service, &key, 1).await;
        let off = WebhookChange { is_enabled: Some(false), ..WebhookChange::default() };
        webhook::change(&service, &ada.actor, shop.id, off).await.unwrap();
        let txn = enable_in_open_transaction(&db).await;
        let node = service.clone();
        let claiming = tokio::spawn(async move {
            Dispatcher::new(&node).expect("webhooks are on").run_until_idle().await
        });
        // Time to begin the claim, which waits for the transaction. A later claim sends the delivery too.
        sleep(Duration::from_millis(300)).await;
        txn.commit().await.unwrap();
        // On PostgreSQL, a claim that waits for long fails and changes nothing.
        let _ = claiming.await.unwrap();
        deliver(&service).await;
        assert_eq!(states(&service, &ada, &shop).await, [DeliveryState::Succeeded]);
        assert_eq!(receiver.received().len(), 1);
    }
}
