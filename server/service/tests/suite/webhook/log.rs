//! The log, retries, replays and tests.

use std::sync::Arc;

use domain::filter::{FieldKind, Filter, FilterField, FilterValue, ListRequest, ListSort, Operator};
use domain::webhook::{DeliveryState, WebhookEvent};
use service::Error;
use service::webhook::{self, Replay, WebhookChange};

use super::{
    Receiver, URL, activate_domains, advance, clock, deliver, deliveries, enable, make, states, status,
};
use test_support::{license, on_both_databases, seller};

static STATUS: FilterField =
    FilterField::new("status", FieldKind::Enumeration(&["pending", "succeeded", "failed", "skipped"]));

fn log_of(state: Option<&str>) -> ListRequest {
    let filter = |word: &str| Filter {
        field: &STATUS,
        operator: Operator::Equal,
        values: vec![FilterValue::Text(word.to_owned())],
    };
    ListRequest {
        page: 1,
        limit: 100,
        sort: ListSort { field: "createdAt", descending: false },
        after: None,
        search: None,
        count: false,
        filters: state.into_iter().map(filter).collect(),
    }
}

on_both_databases! {
    async fn the_log_has_an_entry_before_and_after_an_attempt(db: TestDatabase) {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        activate_domains(&service, &key, 1).await;
        let log = async |state: Option<&str>| webhook::list_log(&service, &ada.actor, &log_of(state)).await.unwrap().items;
        let waiting = log(Some("pending")).await;
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].attempt.requested_at, None);
        receiver.answer(URL, [status(500)]);
        deliver(&service).await;
        assert_eq!(log(Some("pending")).await, []);
        let failed = log(Some("failed")).await;
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].attempt.id, waiting[0].attempt.id, "the entry that waited");
        assert!(failed[0].attempt.next_attempt_at.is_some());
        advance(&clock, 6_000);
        deliver(&service).await;
        let all = log(None).await;
        assert_eq!(all.iter().map(|entry| entry.attempt.attempt).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(all[1].payload, all[0].payload);
        let shown = webhook::show_log_entry(&service, &ada.actor, all[1].attempt.id).await.unwrap();
        assert_eq!(shown, all[1]);
    }

    async fn a_delivery_that_is_skipped_in_mid_schedule_has_an_entry(db: TestDatabase) {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 2).await;
        receiver.answer(URL, [status(500)]);
        activate_domains(&service, &key, 1).await;
        deliver(&service).await;
        // Another one, whose first attempt has an entry.
        activate_domains(&service, &key, 2).await;
        let off = WebhookChange { is_enabled: Some(false), ..WebhookChange::default() };
        webhook::change(&service, &ada.actor, shop.id, off).await.unwrap();
        advance(&clock, 6_000);
        deliver(&service).await;
        assert_eq!(states(&service, &ada, &shop).await, [DeliveryState::Skipped; 2]);
        let log = async |state: Option<&str>| webhook::list_log(&service, &ada.actor, &log_of(state)).await.unwrap().items;
        let skipped = log(Some("skipped")).await;
        let mut attempts: Vec<_> = skipped.iter().map(|entry| entry.attempt.attempt).collect();
        attempts.sort_unstable();
        assert_eq!(attempts, [1, 2]);
        assert_eq!(log(None).await.len(), 3);
        let second = skipped.iter().find(|entry| entry.attempt.attempt == 2).expect("an entry");
        assert_eq!((second.attempt.requested_at, second.url.as_str()), (None, URL));
        // It can be sent by hand.
        webhook::retry_entry(&service, &ada.actor, second.attempt.id).await.unwrap();
        deliver(&service).await;
        assert_eq!(receiver.received().len(), 2);
    }

    async fn a_member_sends_a_delivery_again(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        activate_domains(&service, &key, 1).await;
        let id = deliveries(&service, &ada, &shop).await[0].id;
        let waiting = webhook::retry(&service, &ada.actor, id).await;
        assert!(matches!(waiting, Err(Error::Conflict(_))), "{waiting:?}");
        receiver.answer(URL, [status(410)]);
        deliver(&service).await;
        // Also while the webhook is suspended.
        let entry = webhook::retry(&service, &ada.actor, id).await.unwrap();
        deliver(&service).await;
        assert_eq!(states(&service, &ada, &shop).await, [DeliveryState::Succeeded]);
        let entry = webhook::show_log_entry(&service, &ada.actor, entry).await.unwrap();
        assert!(entry.attempt.is_manual);
        assert_eq!((entry.attempt.state, entry.attempt.status_code), (DeliveryState::Succeeded, Some(200)));
        let again = webhook::retry_entry(&service, &ada.actor, entry.attempt.id).await.unwrap();
        assert_eq!((again.attempt.state, again.delivery), (DeliveryState::Pending, id));
        let received = receiver.received();
        assert_eq!(received[0].body, received[1].body);
    }

    async fn a_replay_sends_what_failed_in_a_span(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 100).await;
        let from = service.now();
        activate_domains(&service, &key, 20).await;
        let off = |on| WebhookChange { is_enabled: Some(on), ..WebhookChange::default() };
        webhook::change(&service, &ada.actor, shop.id, off(false)).await.unwrap();
        deliver(&service).await;
        webhook::change(&service, &ada.actor, shop.id, off(true)).await.unwrap();
        let replay = |from, to, only_failed| Replay { from, to, only_failed };
        let before = replay(from.plus_seconds(-60), Some(from.plus_seconds(-1)), false);
        assert_eq!(webhook::replay(&service, &ada.actor, shop.id, before).await.unwrap(), 0);
        assert_eq!(webhook::replay(&service, &ada.actor, shop.id, replay(from, None, true)).await.unwrap(), 20);
        deliver(&service).await;
        assert_eq!(receiver.received().len(), 20);
        assert_eq!(webhook::replay(&service, &ada.actor, shop.id, replay(from, None, true)).await.unwrap(), 0);
        assert_eq!(webhook::replay(&service, &ada.actor, shop.id, replay(from, None, false)).await.unwrap(), 20);
        deliver(&service).await;
        assert_eq!(receiver.received().len(), 40);
    }

    async fn a_test_is_one_attempt_without_effect_on_the_status(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["product.*"]).await;
        receiver.answer(URL, [status(500)]);
        let entry = webhook::send_test(&service, &ada.actor, shop.id, None).await.unwrap();
        assert_eq!((entry.event.as_str(), entry.attempt.status_code), ("product.created", Some(500)));
        assert_eq!(entry.attempt.next_attempt_at, None);
        assert!(entry.payload.unwrap().contains("sample"));
        let named = Some(WebhookEvent::LicenseRevoked);
        let entry = webhook::send_test(&service, &ada.actor, shop.id, named).await.unwrap();
        assert_eq!((entry.event.as_str(), entry.attempt.state), ("license.revoked", DeliveryState::Succeeded));
        let shown = webhook::show(&service, &ada.actor, shop.id).await.unwrap();
        assert_eq!((shown.consecutive_failures, shown.last_succeeded_at), (0, None));
        deliver(&service).await;
        assert_eq!(receiver.received().len(), 2);
    }
}
