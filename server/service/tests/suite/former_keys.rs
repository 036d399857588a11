//! Keys that were replaced, and their grace time.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use domain::activation::Verification;
use domain::view::LicenseQuery;
use domain::{KeyGrace, LicenseId, LicenseKey};
use service::activation::{ActivateOutcome, VerifyResult, activate, verify, with_resolved_key};
use service::license::{find_by_key, list, replace_key, retire_former_keys, show};
use service::machine::{self, ActivationOutcome};
use service::secrets::MasterKey;
use service::{Clock, Service, key_rotation};
use tokio::task::JoinHandle;

use test_support::{Seller, host, license, on_both_databases, seller};

use crate::license_import::support::{faults, upload, view};
use crate::machine::support::{claims, request};

const DAY_SECONDS: i64 = 86_400;

fn grace(days: &str) -> KeyGrace {
    KeyGrace::parse(days).unwrap()
}

/// Verifies as the API does. `None` if no license has the key.
async fn verified(service: &Service, key: &LicenseKey, domain: &str) -> Option<Verification> {
    let domain = &host(domain);
    let run = |key: LicenseKey| async move { verify(service, &key, domain, None).await };
    match with_resolved_key(service, key.clone(), run).await.unwrap().0 {
        VerifyResult::Evaluated { verification, .. } => Some(verification),
        VerifyResult::InvalidKey => None,
    }
}

/// Applies the changes of other processes, so that the service's caches are current.
async fn listen(service: &Service) -> JoinHandle<()> {
    let listener = tokio::spawn(service::cache_invalidation::listen(service.clone()));
    tokio::time::sleep(Duration::from_millis(500)).await;
    listener
}

/// Replaces the key of a license, and returns the new one.
async fn replace(service: &Service, seller: &Seller, id: LicenseId, days: &str) -> LicenseKey {
    replace_key(service, &seller.actor, id, grace(days)).await.unwrap()
}

on_both_databases! {
    async fn a_former_key_works_until_its_grace_time_ends_on_every_node(db: TestDatabase) {
        let clock = Clock::manual(Clock::System.now());
        let (service, other_node) = (db.open_at(clock.clone()).await, db.open_at(clock.clone()).await);
        let seller = seller(&service, "ada").await;
        let (id, former) = license(&service, &seller, 2).await;
        activate(&service, &former, &host("a.com"), None).await.unwrap();
        let valid = Some(Verification::Valid);
        for node in [&service, &other_node] {
            assert_eq!(verified(node, &former, "a.com").await, valid);
        }
        let key = replace(&service, &seller, id, "7").await;
        for node in [&service, &other_node] {
            for key in [&former, &key, &LicenseKey::parse(&former.expose().replace('-', " ")).unwrap()] {
                assert_eq!(verified(node, key, "a.com").await, valid);
            }
            assert_eq!(verified(node, &LicenseKey::parse("LIC-0000-0000-0000-0000").unwrap(), "a.com").await, None);
        }
        // Answers repeat the former key: its holder must not learn the present one.
        let (node, domain) = (&service, &host("b.com"));
        let run = |key: LicenseKey| async move { activate(node, &key, domain, None).await };
        let (outcome, answered) = with_resolved_key(node, former.clone(), run).await.unwrap();
        assert_eq!(outcome, ActivateOutcome::Active);
        assert_eq!(answered.expose(), former.expose());
        assert_eq!(find_by_key(&service, &former).await.unwrap().1, id);
        clock.set(service.now().plus_seconds(7 * DAY_SECONDS));
        for node in [&service, &other_node] {
            assert_eq!(verified(node, &former, "a.com").await, None);
            assert_eq!(verified(node, &key, "b.com").await, valid);
        }
        assert_eq!(show(&service, &seller.actor, id).await.unwrap().former_keys, []);
    }

    async fn a_machine_may_send_the_former_key_while_it_works(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, former) = license(&service, &seller, 1).await;
        let asked = request(&seller, &former, "a");
        let token = claims(&service, machine::activate(&service, asked.clone(), None).await.unwrap()).await;
        let activation = token["aid"].as_str().unwrap().parse().unwrap();
        let key = replace(&service, &seller, id, "1").await;
        let before = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(before.former_keys.len(), 1);
        assert_eq!(before.former_keys[0].last_four, former.last_four());
        for outcome in [
            machine::activate(&service, asked.clone(), None).await.unwrap(),
            machine::sync(&service, activation, &asked).await.unwrap(),
            machine::sync(&service, activation, &request(&seller, &key, "a")).await.unwrap(),
        ] {
            let token = claims(&service, outcome).await;
            assert_eq!(token["aid"], activation.to_string().as_str());
        }
        retire_former_keys(&service, &seller.actor, id).await.unwrap();
        for outcome in [
            machine::activate(&service, asked.clone(), None).await.unwrap(),
            machine::sync(&service, activation, &asked).await.unwrap(),
        ] {
            assert_eq!(outcome, ActivationOutcome::InvalidKey);
        }
    }

    async fn each_former_key_has_a_grace_time_of_its_own(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, first) = license(&service, &seller, 1).await;
        activate(&service, &first, &host("a.com"), None).await.unwrap();
        let second = replace(&service, &seller, id, "30").await;
        assert!(verified(&service, &first, "a.com").await.is_some());
        let leaked = replace(&service, &seller, id, "1").await;
        replace(&service, &seller, id, "0").await;
        assert!(verified(&service, &first, "a.com").await.is_some());
        assert!(verified(&service, &second, "a.com").await.is_some());
        assert_eq!(verified(&service, &leaked, "a.com").await, None);
        retire_former_keys(&service, &seller.actor, id).await.unwrap();
        for key in [&first, &second] {
            assert_eq!(verified(&service, key, "a.com").await, None);
        }
    }

    async fn a_rotation_of_the_master_key_keeps_former_keys_that_are_in_use(db: TestDatabase) {
        let service = db.open().await;
        let listener = listen(&service).await;
        let seller = seller(&service, "ada").await;
        let (id, former) = license(&service, &seller, 1).await;
        activate(&service, &former, &host("a.com"), None).await.unwrap();
        replace(&service, &seller, id, "7").await;
        let valid = Some(Verification::Valid);
        assert_eq!(verified(&service, &former, "a.com").await, valid);
        key_rotation::begin(&service, MasterKey::decode(&BASE64URL_NOPAD.encode(&[9; 32])).unwrap()).await.unwrap();
        assert_eq!(verified(&service, &former, "a.com").await, valid);
        while key_rotation::reseal(&service, |_| {}).await.unwrap() > 0 {}
        key_rotation::finish(&service).await.unwrap();
        assert_eq!(verified(&service, &former, "a.com").await, valid);
        listener.abort();
    }

    async fn a_warm_verification_by_a_former_key_reads_no_database(db: TestDatabase) {
        let (service, statements) = db.open_watched().await;
        let listener = listen(&service).await;
        let seller = seller(&service, "ada").await;
        let (id, former) = license(&service, &seller, 1).await;
        activate(&service, &former, &host("a.com"), None).await.unwrap();
        replace(&service, &seller, id, "7").await;
        let valid = Some(Verification::Valid);
        let typed = LicenseKey::parse(&former.expose().replace('-', " ")).unwrap();
        for key in [&former, &typed] {
            assert_eq!(verified(&service, key, "a.com").await, valid);
        }
        let reads = |statements: Vec<String>| -> Vec<String> {
            statements.into_iter().filter(|sql| sql.contains("licenses") || sql.contains("former")).collect()
        };
        assert!(!reads(statements.take()).is_empty());
        for key in [&former, &typed] {
            assert_eq!(verified(&service, key, "a.com").await, valid);
        }
        assert_eq!(reads(statements.take()), Vec::<String>::new());
        listener.abort();
    }

    async fn a_search_finds_a_license_by_its_former_key_and_an_import_refuses_it(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, former) = license(&service, &ada, 1).await;
        replace(&service, &ada, id, "0").await;
        let found = async |seller: &Seller| {
            let query = LicenseQuery { search: former.expose().to_owned(), ..LicenseQuery::default() };
            list(&service, &seller.actor, &query).await.unwrap().items.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(found(&ada).await, [id]);
        assert_eq!(found(&eve).await, []);
        let import = upload(&service, &ada, &format!("license_key\n{}", former.expose().to_lowercase())).await;
        let import = view(&service, &ada, import).await;
        let fault = "A license had this key before it was replaced. Remove the key to get a new one.";
        assert_eq!(faults(&import), [format!("2 license_key: {fault}")]);
    }
}
