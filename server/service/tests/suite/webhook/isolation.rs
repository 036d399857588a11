//! Roles and tenant isolation.

use std::sync::Arc;

use domain::permission::Role;
use domain::{WebhookAttemptId, WebhookDeliveryId, WebhookId};
use service::webhook::{self, Replay, WebhookChange};
use service::{Actor, Error, Result, Service, new_id};

use super::{Receiver, URL, activate_domains, deliver, deliveries, enable, make, settings};
use test_support::{license, member, on_both_databases, person, seller};

/// The use cases that read a webhook, its deliveries or its log.
async fn read_all(
    service: &Service,
    actor: &Actor,
    (id, delivery, attempt): (WebhookId, WebhookDeliveryId, WebhookAttemptId),
) -> Vec<(&'static str, Result<()>)> {
    vec![
        ("show", webhook::show(service, actor, id).await.map(drop)),
        ("list_deliveries", webhook::list_deliveries(service, actor, id, None, None).await.map(drop)),
        ("show_delivery", webhook::show_delivery(service, actor, delivery).await.map(drop)),
        ("show_log_entry", webhook::show_log_entry(service, actor, attempt).await.map(drop)),
    ]
}

/// The use cases that change one or send something.
async fn change_all(
    service: &Service,
    actor: &Actor,
    (id, delivery, attempt): (WebhookId, WebhookDeliveryId, WebhookAttemptId),
) -> Vec<(&'static str, Result<()>)> {
    let off = WebhookChange { is_enabled: Some(false), ..WebhookChange::default() };
    let replay = Replay { from: service.now().plus_days(-1), to: None, only_failed: false };
    vec![
        ("change", webhook::change(service, actor, id, off).await.map(drop)),
        ("rotate_secret", webhook::rotate_secret(service, actor, id, None, 0).await.map(drop)),
        ("send_test", webhook::send_test(service, actor, id, None).await.map(drop)),
        ("retry", webhook::retry(service, actor, delivery).await.map(drop)),
        ("retry_entry", webhook::retry_entry(service, actor, attempt).await.map(drop)),
        ("replay", webhook::replay(service, actor, id, replay).await.map(drop)),
        ("delete", webhook::delete(service, actor, id).await),
    ]
}

on_both_databases! {
    async fn webhooks_of_another_seller_are_not_found(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        activate_domains(&service, &key, 1).await;
        deliver(&service).await;
        let delivery = deliveries(&service, &ada, &shop).await[0].id;
        let attempt = webhook::show_delivery(&service, &ada.actor, delivery).await.unwrap().attempts[0].id;
        let before = webhook::show(&service, &ada.actor, shop.id).await.unwrap();
        let unknown = (WebhookId(new_id()), WebhookDeliveryId(new_id()), WebhookAttemptId(new_id()));
        for ids in [(shop.id, delivery, attempt), unknown] {
            let mut done = read_all(&service, &eve.actor, ids).await;
            done.extend(change_all(&service, &eve.actor, ids).await);
            for (name, done) in done {
                assert!(matches!(done, Err(Error::NotFound)), "{name}: {done:?}");
            }
        }
        assert_eq!(webhook::list(&service, &eve.actor).await.unwrap(), []);
        assert_eq!(webhook::show(&service, &ada.actor, shop.id).await.unwrap(), before, "nothing was touched");
        assert_eq!(receiver.received().len(), 1);
    }

    async fn owners_and_admins_change_webhooks(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        for role in Role::ALL {
            let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
            let (_, key) = license(&service, &ada, 1).await;
            activate_domains(&service, &key, 1).await;
            deliver(&service).await;
            let delivery = deliveries(&service, &ada, &shop).await[0].id;
            let attempt = webhook::show_delivery(&service, &ada.actor, delivery).await.unwrap().attempts[0].id;
            let (account, user, _) = person(&service, role.as_str(), "ada", role).await;
            let actor = member(account, user, role.as_str(), role);
            for (name, done) in read_all(&service, &actor, (shop.id, delivery, attempt)).await {
                assert!(done.is_ok(), "{role} {name}: {done:?}");
            }
            let sees_keys = webhook::show_delivery(&service, &actor, delivery).await.unwrap().payload.is_some();
            assert_eq!(sees_keys, role <= Role::Support, "{role}");
            let made = webhook::create(&service, &actor, settings(URL, &["*"]), None).await;
            assert_eq!(made.is_ok(), role <= Role::Admin, "{role}");
            for (name, done) in change_all(&service, &actor, (shop.id, delivery, attempt)).await {
                let is_forbidden = matches!(done, Err(Error::Forbidden));
                assert_eq!(is_forbidden, role > Role::Admin, "{role} {name}: {done:?}");
            }
        }
    }

    async fn an_app_sees_nothing(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        enable(&service, &Arc::<Receiver>::default());
        let shop = make(&service, &ada, URL, &["*"]).await;
        let app = Actor { account: ada.account, principal: service::Principal::App { ip: None } };
        let ids = (shop.id, WebhookDeliveryId(new_id()), WebhookAttemptId(new_id()));
        let mut done = read_all(&service, &app, ids).await;
        done.extend(change_all(&service, &app, ids).await);
        done.push(("list", webhook::list(&service, &app).await.map(drop)));
        done.push(("list_failing", webhook::list_failing(&service, &app).await.map(drop)));
        for (name, done) in done {
            assert!(matches!(done, Err(Error::Forbidden)), "{name}: {done:?}");
        }
    }
}
