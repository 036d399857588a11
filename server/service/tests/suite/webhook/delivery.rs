//! Attempts: headers, the schedule, what a receiver asks for, and receivers that fail or hang.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::webhook::{DeliveryState, SignatureScheme};
use sea_orm::{ConnectionTrait as _, Database, Statement};
use service::Service;
use service::webhook::{self, Dispatcher, OutgoingRequest, Reply, WebhookChange};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    Receiver, URL, activate_domains, advance, clock, deliver, deliveries, enable, make, states, status,
};
use test_support::{Seller, TestDatabase, license, on_both_databases, seller};

fn header<'a>(request: &'a OutgoingRequest, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.as_str())
}

/// Adds copies of the newest webhook and of the newest delivery, with smaller ids.
async fn copy_newest(db: &TestDatabase, count: u128, due_at: &str) {
    let raw = Database::connect(&db.url).await.unwrap();
    let webhook = "INSERT INTO webhooks (id, account_id, name, url, secret_sealed, secret_last_four, scheme, \
                   is_enabled, events, events_since, status, created_at, updated_at) SELECT $1, account_id, name, url, \
                   secret_sealed, secret_last_four, scheme, is_enabled, events, events_since, status, created_at, \
                   updated_at FROM webhooks ORDER BY id DESC LIMIT 1";
    let delivery = format!(
        "INSERT INTO webhook_deliveries (id, account_id, webhook_id, event, body_sealed, state, due_at, created_at, \
         state_at) SELECT $1, account_id, $1, event, body_sealed, state, {due_at}, created_at, state_at \
         FROM webhook_deliveries ORDER BY id DESC LIMIT 1"
    );
    for id in (1..=count).map(Uuid::from_u128) {
        for sql in [webhook, delivery.as_str()] {
            let statement = Statement::from_sql_and_values(raw.get_database_backend(), sql, [id.into()]);
            raw.execute_raw(statement).await.unwrap();
        }
    }
    raw.close().await.unwrap();
}

/// Suspends the account of a seller, as its operator does.
async fn suspend_account(service: &Service, seller: &Seller) {
    let olga = test_support::new_operator(service, "olga").await;
    let by = service::account::member(service, olga.user, None).await.unwrap();
    let reason = domain::license::Reason::parse("reason", "Not paid").unwrap();
    service::operator::suspend_seller(service, &by, seller.account, &reason, false).await.unwrap();
}

on_both_databases! {
    async fn every_attempt_has_the_same_body_and_id(db: TestDatabase) {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        receiver.answer(URL, [status(500), Reply::NoAnswer("There was no connection within 5 s.".into())]);
        activate_domains(&service, &key, 1).await;
        for pause in [0, 6_000, 6 * 60_000] {
            advance(&clock, pause);
            deliver(&service).await;
        }
        let received = receiver.received();
        assert_eq!(received.len(), 3);
        let bodies: BTreeSet<&str> = received.iter().map(|request| request.body.as_str()).collect();
        let ids: BTreeSet<_> = received.iter().map(|request| header(request, "webhook-id")).collect();
        assert_eq!((bodies.len(), ids.len()), (1, 1));
        let times: BTreeSet<_> = received.iter().map(|request| header(request, "webhook-timestamp")).collect();
        assert_eq!(times.len(), 3);
        let delivery = &deliveries(&service, &ada, &shop).await[0];
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Succeeded, 3));
        assert_eq!(Some(delivery.id.to_string().as_str()), header(&received[0], "webhook-id"));
        let shown = webhook::show_delivery(&service, &ada.actor, delivery.id).await.unwrap();
        let log: Vec<_> = shown.attempts.iter().rev().map(|it| (it.attempt, it.state, it.status_code)).collect();
        let (failed, succeeded) = (DeliveryState::Failed, DeliveryState::Succeeded);
        assert_eq!(log, [(1, failed, Some(500)), (2, failed, None), (3, succeeded, Some(200))]);
        assert_eq!(shown.attempts[2].error.as_deref(), Some("HTTP 500"));
        assert_eq!(shown.attempts[2].answer.as_deref(), Some("answer 500"));
        assert_eq!(shown.attempts[1].error.as_deref(), Some("There was no connection within 5 s."));
        assert_eq!(shown.payload.as_deref(), Some(received[0].body.as_str()));
    }

    async fn nothing_is_sent_before_it_is_due(db: TestDatabase) {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        receiver.answer(URL, std::iter::repeat_n(status(503), 20));
        activate_domains(&service, &key, 1).await;
        // The pauses of the schedule, each with a tenth more and less.
        let pauses = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        deliver(&service).await;
        for (n, pause) in pauses.into_iter().enumerate() {
            advance(&clock, pause * 890);
            deliver(&service).await;
            assert_eq!(receiver.received().len(), n + 1, "too early after {pause} s");
            advance(&clock, pause * 215);
            deliver(&service).await;
            assert_eq!(receiver.received().len(), n + 2, "too late after {pause} s");
        }
        advance(&clock, 100 * 86_400_000);
        deliver(&service).await;
        assert_eq!(receiver.received().len(), 10, "no eleventh attempt");
    }

    async fn retry_after_stretches_a_pause(db: TestDatabase) {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        let later = Reply::Answer { status: 429, retry_after_ms: Some(3_600_000), body: String::new() };
        receiver.answer(URL, [later]);
        activate_domains(&service, &key, 1).await;
        deliver(&service).await;
        for (pause, count) in [(3_590_000, 1), (20_000, 2)] {
            advance(&clock, pause);
            deliver(&service).await;
            assert_eq!(receiver.received().len(), count);
        }
    }

    async fn both_secrets_sign_during_the_overlap(db: TestDatabase) {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let scheme = WebhookChange { scheme: Some(SignatureScheme::Standard), ..WebhookChange::default() };
        webhook::change(&service, &ada.actor, shop.id, scheme).await.unwrap();
        webhook::rotate_secret(&service, &ada.actor, shop.id, None, 3_600_000).await.unwrap();
        let (_, key) = license(&service, &ada, 2).await;
        activate_domains(&service, &key, 1).await;
        deliver(&service).await;
        advance(&clock, 3_600_001);
        activate_domains(&service, &key, 2).await;
        deliver(&service).await;
        let counts: Vec<usize> = receiver
            .received()
            .iter()
            .map(|request| header(request, "webhook-signature").expect("a signature").split(' ').count())
            .collect();
        assert_eq!(counts, [2, 1]);
    }

    async fn a_receiver_that_hangs_delays_no_other(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let dead = "https://dead.example/";
        make(&service, &ada, dead, &["domainActivation.created"]).await;
        make(&service, &ada, URL, &["domainActivation.created"]).await;
        receiver.hang(dead);
        let (_, key) = license(&service, &ada, 300).await;
        activate_domains(&service, &key, 200).await;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(Dispatcher::new(&service).unwrap().run(stopped));
        let all_arrive = async {
            while receiver.count(URL) < 200 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(30), all_arrive).await.expect("the other receiver gets all events");
        assert!(receiver.count(dead) <= 10, "{} side by side", receiver.count(dead));
        running.abort();
        drop(stop);
    }

    async fn a_stopped_dispatcher_stores_outcomes_and_gives_leases_back(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 300).await;
        activate_domains(&service, &key, 100).await;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(Dispatcher::new(&service).unwrap().run(stopped));
        while receiver.received().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.send(true).unwrap();
        running.await.unwrap();
        // Another node need not wait for the leases.
        deliver(&service).await;
        assert_eq!(receiver.received().len(), 100, "each is sent once");
        let page = webhook::list_deliveries(&service, &ada.actor, shop.id, Some(DeliveryState::Pending), None).await;
        assert_eq!(page.unwrap().deliveries, []);
    }

    async fn first_delivery_is_found_behind_300_webhooks(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        activate_domains(&service, &key, 1).await;
        let due_at = service::metrics::stored(&service).await.unwrap().deliveries.first_due_at;
        // They are due in the year 2100.
        copy_newest(&db, 300, "4102444800000").await;
        let waiting = service::metrics::stored(&service).await.unwrap().deliveries;
        assert_eq!((waiting.length, waiting.first_due_at), (301, due_at));
        assert!(due_at.is_some());
    }

    async fn webhooks_of_a_suspended_account_delay_no_other_on_a_busy_node(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        enable(&service, &receiver);
        make(&service, &eve, "https://eve.example/", &["domainActivation.created"]).await;
        let (_, key) = license(&service, &eve, 1).await;
        activate_domains(&service, &key, 1).await;
        copy_newest(&db, 300, "due_at").await;
        suspend_account(&service, &eve).await;
        make(&service, &ada, URL, &["domainActivation.*"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(Dispatcher::new(&service).unwrap().run(stopped));
        // Each commit wakes the dispatcher, also during its search.
        let busy = async {
            while receiver.count(URL) == 0 {
                let domain = test_support::host("busy.example.com");
                service::activation::activate(&service, &key, &domain, None).await.unwrap();
                service::activation::deactivate(&service, &key, &domain, None).await.unwrap();
            }
        };
        timeout(Duration::from_mins(1), busy).await.expect("the other account gets its events");
        assert_eq!(receiver.count("https://eve.example/"), 0);
        running.abort();
        drop(stop);
    }

    async fn an_account_that_the_operator_suspended_sends_nothing(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        let olga = test_support::new_operator(&service, "olga").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&service, &ada, 1).await;
        activate_domains(&service, &key, 1).await;
        let by = service::account::member(&service, olga.user, None).await.unwrap();
        let reason = domain::license::Reason::parse("reason", "Not paid").unwrap();
        service::operator::suspend_seller(&service, &by, ada.account, &reason, false).await.unwrap();
        deliver(&service).await;
        assert_eq!(receiver.received().len(), 0);
        let waiting = service::metrics::stored(&service).await.unwrap().deliveries;
        assert_eq!((waiting.length, waiting.first_due_at), (0, None), "no alert for what is not sent");
        service::operator::reinstate_seller(&service, &by, ada.account).await.unwrap();
        let waiting = service::metrics::stored(&service).await.unwrap().deliveries;
        assert!(waiting.length == 1 && waiting.first_due_at.is_some(), "{waiting:?}");
        deliver(&service).await;
        assert_eq!(states(&service, &ada, &shop).await, [DeliveryState::Succeeded]);
    }
}
