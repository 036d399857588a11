//! The certificate that servers order: one state for all nodes, sealed secrets, and pauses.

use domain::Timestamp;
use domain::time::DAY_MS;
use sea_orm::{ConnectionTrait as _, Database};
use service::certificate::{
    CertificateSubject, NewCertificate, account, certificate, challenge_answer, delete_account,
    delete_challenges, note_contact, order_state, store_account, store_certificate, store_challenge,
    store_failure,
};
use service::secrets::MasterKey;
use service::{Clock, key_rotation};
use test_support::{on_both_databases, texts};

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

on_both_databases! {
    async fn certificate_of_one_node_is_that_of_all(db: TestDatabase) {
        let (service, other) = (db.open().await, db.open().await);
        let names = subject(&["b.example", "a.example", "b.example"]);
        let order = order_state(&service, &names).await.unwrap();
        assert!(order.is_due(service.now()) && order.issued_at.is_none());
        assert!(certificate(&service, &order).await.unwrap().is_none());
        assert_eq!(order_state(&other, &subject(&["a.example", "b.example"])).await.unwrap(), order);

        let renewal = store_certificate(&service, &order, &issued("first", service.now())).await.unwrap();
        let days = (renewal.millis() - service.now().millis()) / DAY_MS;
        assert!((56..=60).contains(&days), "{days}");
        let order = order_state(&other, &names).await.unwrap();
        assert!(!order.is_due(other.now()) && order.is_due(renewal) && order.issued_at.is_some());
        let found = certificate(&other, &order).await.unwrap().expect("a certificate");
        assert_eq!((found.chain.as_str(), found.key.as_slice()), ("first", b"key of first".as_slice()));

        let another = order_state(&other, &subject(&["a.example"])).await.unwrap();
        assert!(another.is_due(other.now()) && another.issued_at.is_none(), "of other names");
    }

    async fn failures_pause_orders_and_a_certificate_ends_them(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let service = db.open_at(clock.clone()).await;
        let names = subject(&["a.example"]);
        let mut pauses = Vec::new();
        for _ in 0..4 {
            let order = order_state(&service, &names).await.unwrap();
            let next = store_failure(&service, &order, "No DNS record.", 0).await.unwrap();
            pauses.push((next.millis() - service.now().millis()) / 60_000);
            assert!(!order_state(&service, &names).await.unwrap().is_due(service.now()));
        }
        assert!(pauses[0] == 1 && pauses[1] == 5 && pauses[2] >= 15 && pauses[3] >= 60, "{pauses:?}");
        let order = order_state(&service, &names).await.unwrap();
        assert_eq!(order.health.failure.as_deref(), Some("No DNS record."));
        let next = store_failure(&service, &order, "A limit.", 3 * DAY_MS).await.unwrap();
        assert_eq!(next.millis() - service.now().millis(), 3 * DAY_MS);
        store_certificate(&service, &order, &issued("first", service.now())).await.unwrap();
        let order = order_state(&service, &names).await.unwrap();
        assert_eq!(order.health.failure, None);
        assert_eq!(order.health.expires_at, Some(service.now().plus_days(90)));
        let next = store_failure(&service, &order, "No DNS record.", 0).await.unwrap();
        assert_eq!((next.millis() - service.now().millis()) / 60_000, 1, "failures count from the last success");
        // A certificate that has nearly ended is not ordered without end.
        let end = service.now().plus_millis(1);
        let short = NewCertificate { expires_at: end, ..issued("short", service.now()) };
        let renewal = store_certificate(&service, &order, &short).await.unwrap();
        assert_eq!(renewal.millis() - service.now().millis(), 60_000);
    }

    async fn secrets_are_sealed_and_survive_a_rotation_of_the_master_key(db: TestDatabase) {
        let (service, other) = (db.open().await, db.open().await);
        let names = subject(&["a.example"]);
        let order = order_state(&service, &names).await.unwrap();
        store_certificate(&service, &order, &issued("first", service.now())).await.unwrap();
        store_account(&service, DIRECTORY, Some("ada@example.com"), b"secret account").await.unwrap();
        store_account(&other, DIRECTORY, None, b"second account").await.unwrap();
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
        assert_eq!(stored.credentials.as_slice(), b"secret account");
        assert_eq!(stored.contact.as_deref(), Some("ada@example.com"));
        let found = certificate(&service, &order).await.unwrap().expect("a certificate");
        assert_eq!(found.key.as_slice(), b"key of first");
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
        delete_account(&service, DIRECTORY).await.unwrap();
        assert!(account(&service, DIRECTORY).await.unwrap().is_none());
    }
}
