//! Rotation of the master key: nothing is lost, nodes answer meanwhile, and an interrupted rotation
//! continues.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::LicenseKey;
use domain::bounded_text::Name;
use domain::permission::Role;
use migrations::Migrator;
use sea_orm::{ConnectionTrait as _, Database, Statement};
use service::activation::{ActivateOutcome, VerifyResult, activate, deactivate, status, verify};
use service::secrets::MasterKey;
use service::store::Options;
use service::{Clock, Result, Service, api_token, key_rotation, license as licenses, machine};

use crate::machine::support::{claims, request};
use test_support::{Seller, TestDatabase, host, license, on_both_databases, seller};

fn key_of(byte: u8) -> MasterKey {
    MasterKey::decode(&data_encoding::BASE64URL_NOPAD.encode(&[byte; 32])).unwrap()
}

async fn open_with(db: &TestDatabase, key: &MasterKey) -> Result<Service> {
    Service::open::<Migrator>(Options::new(&db.url, 8), key, 1 << 20, Clock::System).await
}

async fn rotate(service: &Service) {
    key_rotation::begin(service, key_of(9)).await.unwrap();
    while key_rotation::reseal(service, |_| {}).await.unwrap() > 0 {}
    key_rotation::finish(service).await.unwrap();
}

/// Uses every way to look up a license by its key.
async fn assert_found(service: &Service, seller: &Seller, key: &LicenseKey, domain: &str) {
    let domain = host(domain);
    assert_eq!(activate(service, key, &domain, None).await.unwrap(), ActivateOutcome::Active);
    assert!(matches!(verify(service, key, &domain, None).await.unwrap(), VerifyResult::Evaluated { .. }));
    assert!(status(service, key).await.unwrap().is_some());
    let token =
        claims(service, machine::activate(service, request(seller, key, "f"), None).await.unwrap()).await;
    let activation = token["aid"].as_str().unwrap().parse().unwrap();
    let synced = machine::sync(service, activation, &request(seller, key, "f")).await.unwrap();
    assert!(matches!(synced, machine::ActivationOutcome::Token(_)));
    let (_, id, found) = licenses::find_by_key(service, key).await.unwrap();
    assert_eq!(found.expose(), key.expose());
    assert_eq!(licenses::reveal_key(service, &seller.actor, id).await.unwrap().expose(), key.expose());
    let typed = LicenseKey::parse(&format!("\u{200B}{}\u{FEFF}", key.expose())).unwrap();
    assert_eq!(licenses::find_by_key(service, &typed).await.unwrap().1, id);
    let found = licenses::find_in_text(service, &seller.actor, key.expose()).await.unwrap();
    assert_eq!(found, licenses::KeyInText::License(id));
    deactivate(service, key, &domain, None).await.unwrap();
}

on_both_databases! {
    async fn a_rotation_keeps_all_keys_and_tokens(db: TestDatabase) {
        let (service, other) = (db.open().await, db.open().await);
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let name = Name::parse("name", "shop").unwrap();
        let token = api_token::create(&service, &seller.actor, name, Role::Support).await.unwrap().token;
        assert_found(&service, &seller, &key, "a.com").await;

        key_rotation::begin(&service, key_of(9)).await.unwrap();
        key_rotation::refresh(&other).await.unwrap();
        for node in [&service, &other] {
            assert_found(node, &seller, &key, "a.com").await;
        }
        let (_, issued_meanwhile) = license(&other, &seller, 1).await;
        assert!(key_rotation::reseal(&service, |_| {}).await.unwrap() > 0);
        assert_eq!(key_rotation::reseal(&service, |_| {}).await.unwrap(), 0);
        for node in [&service, &other] {
            assert_found(node, &seller, &key, "a.com").await;
            assert_found(node, &seller, &issued_meanwhile, "a.com").await;
        }
        key_rotation::finish(&service).await.unwrap();
        key_rotation::refresh(&other).await.unwrap();
        let restarted = open_with(&db, &key_of(9)).await.unwrap();
        for node in [&service, &other, &restarted] {
            assert_found(node, &seller, &key, "a.com").await;
            assert!(api_token::authenticate(node, &token).await.unwrap().is_some());
        }
        assert!(open_with(&db, &key_of(7)).await.is_err(), "the former key");
        // A second rotation, of running nodes.
        key_rotation::begin(&other, key_of(11)).await.unwrap();
        key_rotation::refresh(&service).await.unwrap();
        while key_rotation::reseal(&other, |_| {}).await.unwrap() > 0 {}
        key_rotation::finish(&other).await.unwrap();
        key_rotation::refresh(&service).await.unwrap();
        let restarted = open_with(&db, &key_of(11)).await.unwrap();
        for node in [&service, &other, &restarted] {
            assert_found(node, &seller, &key, "a.com").await;
            assert!(api_token::authenticate(node, &token).await.unwrap().is_some());
        }
    }

    async fn an_interrupted_rotation_continues_with_the_same_key(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let mut keys = Vec::new();
        for _ in 0..6 {
            keys.push(license(&service, &seller, 1).await.1);
        }
        key_rotation::begin(&service, key_of(9)).await.unwrap();
        // Half of the licenses go back to the former key, as if the rotation had not reached them.
        let connection = Database::connect(&db.url).await.unwrap();
        let backend = connection.get_database_backend();
        let sql = "CREATE TABLE former AS SELECT id, key_digest, key_sealed FROM licenses ORDER BY id LIMIT 3";
        connection.execute_raw(Statement::from_string(backend, sql)).await.unwrap();
        key_rotation::reseal(&service, |_| {}).await.unwrap();
        let sql = "UPDATE licenses SET key_digest = former.key_digest, key_sealed = former.key_sealed \
                   FROM former WHERE former.id = licenses.id";
        connection.execute_raw(Statement::from_string(backend, sql)).await.unwrap();
        service.close().await;

        let restarted = db.open().await;
        for key in &keys {
            assert_found(&restarted, &seller, key, "a.com").await;
        }
        let next = key_rotation::begin(&restarted, key_of(13)).await.unwrap();
        assert!(next == key_of(9), "the key of the running rotation, not another one");
        assert_eq!(key_rotation::reseal(&restarted, |_| {}).await.unwrap(), 3);
        key_rotation::finish(&restarted).await.unwrap();
        let finished = open_with(&db, &key_of(9)).await.unwrap();
        for key in &keys {
            assert_found(&finished, &seller, key, "a.com").await;
        }
    }

    async fn no_request_fails_while_rows_are_resealed(db: TestDatabase) {
        let (service, other) = (db.open().await, db.open().await);
        let seller = seller(&service, "ada").await;
        let mut keys = Vec::new();
        for n in 0..20 {
            let (_, key) = license(&service, &seller, 1).await;
            activate(&service, &key, &host(&format!("{n}.com")), None).await.unwrap();
            keys.push(key);
        }
        key_rotation::begin(&service, key_of(9)).await.unwrap();
        key_rotation::refresh(&other).await.unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = [service.clone(), other]
            .into_iter()
            .map(|node| {
                let (stop, keys) = (Arc::clone(&stop), keys.clone());
                tokio::spawn(async move {
                    let mut requests = 0;
                    while !stop.load(Ordering::SeqCst) || requests < 200 {
                        let n = requests % keys.len();
                        let domain = host(&format!("{n}.com"));
                        let verified = verify(&node, &keys[n], &domain, None).await.unwrap();
                        assert!(matches!(verified, VerifyResult::Evaluated { .. }), "{n}: {verified:?}");
                        let activated = activate(&node, &keys[n], &domain, None).await.unwrap();
                        assert_eq!(activated, ActivateOutcome::Active, "{n}");
                        requests += 1;
                    }
                })
            })
            .collect();
        while key_rotation::reseal(&service, |_| {}).await.unwrap() > 0 {}
        key_rotation::finish(&service).await.unwrap();
        stop.store(true, Ordering::SeqCst);
        for client in clients {
            client.await.unwrap();
        }
    }

    async fn a_rotation_does_not_begin_under_a_replaced_key(db: TestDatabase) {
        let (service, late) = (db.open().await, db.open().await);
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        rotate(&service).await;
        assert!(key_rotation::begin(&late, key_of(13)).await.is_err());
        assert_found(&open_with(&db, &key_of(9)).await.unwrap(), &seller, &key, "a.com").await;
    }
}
