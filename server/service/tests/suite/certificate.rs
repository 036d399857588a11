//! The certificate that servers order: one state for all nodes, sealed secrets, and pauses.

use domain::Timestamp;
use domain::certificate_order::RESERVATION_MS;
use domain::time::DAY_MS;
use sea_orm::{ConnectionTrait as _, Database};
use service::certificate::{
    CertificateSubject, NewCertificate, OrderState, StoreOutcome, account, certificate, challenge_answer,
    delete_account, delete_challenges, former_certificates, note_contact, order_state, reserve_order,
    store_account, store_certificate, store_challenge, store_failure, store_unusable,
};
use service::secrets::MasterKey;
use service::{Clock, Service, key_rotation};
use test_support::{TestDatabase, on_both_databases, texts};

const DIRECTORY: &str = "https://ca.example/directory";

fn subject(names: &[&str]) -> CertificateSubject {
    CertificateSubject::new(DIRECTORY.to_owned(), names.iter().map(|name| (*name).to_owned()).collect())
}

/// A certificate that is valid for 90 days.
fn issued(chain: &str, from: Timestamp) -> NewCertificate {
    NewCertificate {
        chain: chain.to_owned(),
        key: format!("key of {chain}").into(),
        valid_from: from,
        expires_at: from.plus_days(90),
    }
}

/// Reserves the order that is due.
async fn reserve(service: &Service, names: &CertificateSubject) -> OrderState {
    let order = order_state(service, names).await.unwrap();
    reserve_order(service, &order).await.unwrap().expect("a reservation")
}

/// Stores a certificate, and returns the time of its renewal.
async fn store(service: &Service, order: &OrderState, new: &NewCertificate) -> Timestamp {
    match store_certificate(service, order, new).await.unwrap() {
        StoreOutcome::Stored(renewal) => renewal,
        other => panic!("{other:?}"),
    }
}

async fn execute(db: &TestDatabase, sql: &str) {
    let connection = Database::connect(&db.url).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

on_both_databases! {
    async fn certificate_of_one_node_is_that_of_all(db: TestDatabase) {
        let (service, other) = (db.open().await, db.open().await);
        let names = subject(&["b.example", "a.example", "b.example"]);
        let order = order_state(&service, &names).await.unwrap();
        assert!(order.is_due(service.now()) && order.issued_at.is_none());
        assert!(certificate(&service, &order).await.unwrap().is_none());
        assert_eq!(order_state(&other, &subject(&["a.example", "b.example"])).await.unwrap(), order);

        let order = reserve(&service, &names).await;
        let renewal = store(&service, &order, &issued("first", service.now())).await;
        let days = (renewal.millis() - service.now().millis()) / DAY_MS;
        assert!((56..=60).contains(&days), "{days}");
        let order = order_state(&other, &names).await.unwrap();
        assert!(!order.is_due(other.now()) && order.is_due(renewal) && order.issued_at.is_some());
        let found = certificate(&other, &order).await.unwrap().expect("a certificate");
        assert_eq!(found.chain, "first");
        assert_eq!(found.key.expect("a key").as_slice(), b"key of first");

        let another = order_state(&other, &subject(&["a.example"])).await.unwrap();
        assert!(another.is_due(other.now()) && another.issued_at.is_none(), "of other names");
    }

    async fn failures_pause_orders_and_a_certificate_ends_them(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let service = db.open_at(clock.clone()).await;
        let names = subject(&["a.example"]);
        let mut pauses = Vec::new();
        for _ in 0..4 {
            let order = reserve(&service, &names).await;
            let next = store_failure(&service, &order, "No DNS record.", 0).await.unwrap().expect("stored");
            pauses.push((next.millis() - service.now().millis()) / 60_000);
            assert!(!order_state(&service, &names).await.unwrap().is_due(service.now()));
        }
        assert!(pauses[0] == 1 && pauses[1] == 5 && pauses[2] >= 15 && pauses[3] >= 60, "{pauses:?}");
        let order = order_state(&service, &names).await.unwrap();
        assert_eq!(order.health.failure.as_deref(), Some("No DNS record."));
        let order = reserve(&service, &names).await;
        let next = store_failure(&service, &order, "A limit.", 3 * DAY_MS).await.unwrap().expect("stored");
        assert_eq!(next.millis() - service.now().millis(), 3 * DAY_MS);
        let order = reserve(&service, &names).await;
        store(&service, &order, &issued("first", service.now())).await;
        let order = order_state(&service, &names).await.unwrap();
        assert_eq!(order.health.failure, None);
        assert_eq!(order.health.expires_at, Some(service.now().plus_days(90)));
        let order = reserve(&service, &names).await;
        let next = store_failure(&service, &order, "No DNS record.", 0).await.unwrap().expect("stored");
        assert_eq!((next.millis() - service.now().millis()) / 60_000, 1, "failures count from the last success");
    }

    async fn reservation_is_one_node_s_and_lasts_longer_than_an_order(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let (service, other) = (db.open_at(clock.clone()).await, db.open_at(clock.clone()).await);
        let names = subject(&["a.example"]);
        let seen = order_state(&service, &names).await.unwrap();
        let reserved = reserve_order(&service, &seen).await.unwrap().expect("a reservation");
        assert!(reserve_order(&other, &seen).await.unwrap().is_none(), "of the state before");
        let now = order_state(&other, &names).await.unwrap();
        assert_eq!(now, reserved);
        assert_eq!(now.next_order_at().millis() - other.now().millis(), RESERVATION_MS);
        assert_eq!(now.health.failure, None, "it has not failed");
        // Nodes with other names do not wait.
        let another = order_state(&other, &subject(&["b.example"])).await.unwrap();
        assert!(reserve_order(&other, &another).await.unwrap().is_some());

        // The node stops. Each later order that stops too waits longer.
        let mut pauses = Vec::new();
        for _ in 0..3 {
            let state = order_state(&other, &names).await.unwrap();
            clock.set(state.next_order_at());
            assert!(state.is_due(other.now()));
            let state = reserve_order(&other, &state).await.unwrap().expect("a reservation");
            pauses.push((state.next_order_at().millis() - other.now().millis()) / 60_000);
        }
        assert!(pauses[0] >= 5 && pauses[1] >= 15 && pauses[2] >= 60, "{pauses:?}");
    }

    async fn late_node_changes_nothing(db: TestDatabase) {
        let service = db.open().await;
        let names = subject(&["a.example"]);
        let late = reserve(&service, &names).await;
        let second = reserve(&service, &names).await;
        assert_eq!(store_failure(&service, &late, "Late.", 0).await.unwrap(), None);
        assert_eq!(order_state(&service, &names).await.unwrap(), second);
        store(&service, &second, &issued("second", service.now())).await;
        let outcome = store_certificate(&service, &late, &issued("late", service.now())).await.unwrap();
        assert_eq!(outcome, StoreOutcome::Superseded);
        let order = order_state(&service, &names).await.unwrap();
        assert_eq!(certificate(&service, &order).await.unwrap().expect("a certificate").chain, "second");
        assert_eq!(store_failure(&service, &second, "Late.", 0).await.unwrap(), None);
        assert_eq!(order_state(&service, &names).await.unwrap().health.failure, None);
    }

    async fn certificate_that_is_due_already_counts_as_a_failure(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(1_800_000_000_000))).await;
        let names = subject(&["a.example"]);
        for minutes in [1, 5] {
            let order = reserve(&service, &names).await;
            let old = issued("old", service.now().plus_days(-80));
            let outcome = store_certificate(&service, &order, &old).await.unwrap();
            let StoreOutcome::AlreadyDue(next) = outcome else { panic!("{outcome:?}") };
            assert_eq!((next.millis() - service.now().millis()) / 60_000, minutes);
            let state = order_state(&service, &names).await.unwrap();
            assert!(state.issued_at.is_some() && !state.is_due(service.now()));
            assert!(state.health.failure.is_some_and(|text| text.contains("clock")));
        }
    }

    async fn key_that_does_not_open_is_ordered_anew(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(1_800_000_000_000))).await;
        let names = subject(&["a.example"]);
        store(&service, &reserve(&service, &names).await, &issued("first", service.now())).await;
        let stored = store_account(&service, None, DIRECTORY, None, b"secret account").await.unwrap();
        let altered = if db.is_sqlite() { "x'00'" } else { "'\\x00'" };
        execute(&db, &format!("UPDATE acme_certificates SET key_sealed = {altered}")).await;
        execute(&db, &format!("UPDATE acme_accounts SET credentials_sealed = {altered}")).await;
        let mut order = order_state(&service, &names).await.unwrap();
        let found = certificate(&service, &order).await.unwrap().expect("a row");
        assert!(found.chain == "first" && found.key.is_none());
        order.health.expires_at = None;
        store_unusable(&service, &order, "Unusable.").await.unwrap();
        let mut state = order_state(&service, &names).await.unwrap();
        assert_eq!((state.next_order_at().millis() - service.now().millis()) / 60_000, 1);
        assert_eq!(state.health.failure.as_deref(), Some("Unusable."));
        // A restart does not count again.
        state.health.expires_at = None;
        store_unusable(&service, &state, "Unusable.").await.unwrap();
        let again = order_state(&service, &names).await.unwrap();
        assert_eq!(again.next_order_at(), state.next_order_at());

        let found = account(&service, DIRECTORY).await.unwrap().expect("a row");
        assert!(found.id == stored && found.credentials.is_none());
        store_account(&service, Some(stored), DIRECTORY, None, b"second account").await.unwrap();
        let found = account(&service, DIRECTORY).await.unwrap().expect("an account");
        assert_eq!(found.credentials.expect("it opens").as_slice(), b"second account");
    }

    async fn certificate_of_former_names_serves_its_hosts_until_it_is_forgotten(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let service = db.open_at(clock.clone()).await;
        let covers = |host: &'static str| {
            let service = service.clone();
            async move {
                let order = order_state(&service, &subject(&["new.example"])).await.unwrap();
                let found = former_certificates(&service, &order, host).await.unwrap();
                found.into_iter().map(|it| it.issued.chain).collect::<Vec<_>>()
            }
        };
        for (chain, names) in [("older", subject(&["a.example"])), ("newer", subject(&["a.example", "b.example"]))] {
            store(&service, &reserve(&service, &names).await, &issued(chain, service.now())).await;
            clock.set(service.now().plus_millis(1));
        }
        assert_eq!(covers("a.example").await, ["newer", "older"]);
        assert_eq!(covers("b.example").await, ["newer"]);
        assert!(covers("example").await.is_empty());
        clock.set(service.now().plus_days(91));
        assert!(covers("a.example").await.is_empty(), "it has ended");

        let connection = Database::connect(&db.url).await.unwrap();
        let count = "SELECT names AS text FROM acme_certificates ORDER BY names";
        for (days, left) in [(20, 3), (20, 1)] {
            clock.set(service.now().plus_days(days));
            let names = subject(&["new.example"]);
            store(&service, &reserve(&service, &names).await, &issued("new", service.now())).await;
            assert_eq!(texts(&connection, count).await.len(), left, "after {days} days more");
        }
    }

    async fn secrets_are_sealed_and_survive_a_rotation_of_the_master_key(db: TestDatabase) {
        let (service, other) = (db.open().await, db.open().await);
        let names = subject(&["a.example"]);
        let order = order_state(&service, &names).await.unwrap();
        store(&service, &order, &issued("first", service.now())).await;
        store_account(&service, None, DIRECTORY, Some("ada@example.com"), b"secret account").await.unwrap();
        store_account(&other, None, DIRECTORY, None, b"second account").await.unwrap();
        store_challenge(&service, "token", "token.thumbprint").await.unwrap();
        store_challenge(&service, "token", "token.thumbprint2").await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        let hex = if db.is_sqlite() { "hex" } else { "encode" };
        let format = if db.is_sqlite() { "" } else { ", 'hex'" };
        let plain = data_encoding::HEXLOWER.encode(b"secret account");
        let sealed = format!("SELECT {hex}(credentials_sealed{format}) AS text FROM acme_accounts");
        let sealed = texts(&connection, &sealed).await;
        assert!(sealed.len() == 1 && !sealed[0].to_lowercase().contains(&plain), "{sealed:?}");

        let next = MasterKey::decode(&data_encoding::BASE64URL_NOPAD.encode(&[9; 32])).unwrap();
        key_rotation::begin(&service, next).await.unwrap();
        while key_rotation::reseal(&service, |_| {}).await.unwrap() > 0 {}
        key_rotation::finish(&service).await.unwrap();
        let stored = account(&service, DIRECTORY).await.unwrap().expect("the first account");
        assert_eq!(stored.credentials.as_ref().expect("it opens").as_slice(), b"secret account");
        assert_eq!(stored.contact.as_deref(), Some("ada@example.com"));
        let found = certificate(&service, &order).await.unwrap().expect("a certificate");
        assert_eq!(found.key.expect("a key").as_slice(), b"key of first");
        let answer = challenge_answer(&service, "token").await.unwrap().expect("an answer");
        assert_eq!(answer.as_slice(), b"token.thumbprint2");

        note_contact(&service, stored.id, None).await.unwrap();
        assert_eq!(account(&service, DIRECTORY).await.unwrap().expect("an account").contact, None);
        // An answer that was moved to another row does not open.
        store_challenge(&service, "other", "other.thumbprint").await.unwrap();
        let swap = "UPDATE acme_challenges SET answer_sealed = \
                    (SELECT answer_sealed FROM acme_challenges WHERE token = 'other') WHERE token = 'token'";
        connection.execute_unprepared(swap).await.unwrap();
        assert!(challenge_answer(&service, "token").await.is_err());
        delete_challenges(&service, &["token".to_owned(), "other".to_owned()]).await.unwrap();
        assert!(challenge_answer(&service, "other").await.unwrap().is_none());
        delete_account(&other, service::random_id()).await.unwrap();
        assert!(account(&service, DIRECTORY).await.unwrap().is_some(), "another row");
        delete_account(&service, stored.id).await.unwrap();
        assert!(account(&service, DIRECTORY).await.unwrap().is_none());
    }
}
