//! Making, changing and deleting licenses by programs.

use std::collections::BTreeSet;

use domain::license::{GivenPair, Limit, State, Visibility};
use domain::license_rules::RuleOverrides;
use domain::permission::Role;
use domain::{CustomerId, IssuedKey};
use sea_orm::Database;
use service::license::{
    CreateLicense, EditLicense, GivenMeter, LicenseRefusal, NewTerms, create, create_many, delete, edit,
    find_by_key_or_id, remove_metadata, reset_meter, show_record,
};
use service::{Error, new_id};

use super::{edited, made, of_product};
use test_support::{member, on_both_databases, seller, texts};

fn pair(key: &str, value: &str) -> GivenPair {
    GivenPair { key: key.into(), value: Some(value.into()), visibility: Some(Visibility::ACTIVATION) }
}

fn key(text: &str) -> IssuedKey {
    IssuedKey::parse(text).unwrap()
}

on_both_databases! {
    async fn a_license_has_what_it_was_made_with(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let terms = NewTerms {
            key: Some(key("USER 1_user 1")),
            machine_limit: Some(Limit::new(7)),
            rules: RuleOverrides { allow_vm: Some(false), ..RuleOverrides::default() },
            meters: vec![GivenMeter { name: "exports".into(), allowed: Some(5), floating: None, visibility: None }],
            metadata: vec![pair("order", "SO-1"), pair("plan", "team")],
            suspended: true,
            ..NewTerms::default()
        };
        let record = made(&service, &ada, terms).await;
        let stored = show_record(&service, &ada.actor, record.id).await.unwrap();
        for record in [&record, &stored] {
            assert_eq!(record.key.expose(), "USER 1_user 1");
            assert!(matches!(record.state, State::Suspended { .. }));
            assert_eq!((record.machine_limit, record.domain_limit), (Limit::new(7), ada.product.domain_limit));
            assert!(!record.rules.machines.allow_vm && record.rules.machines.allow_container);
            let pairs: Vec<_> = record.metadata.iter().map(|pair| (pair.key.as_str(), pair.value.as_str())).collect();
            assert_eq!(pairs, [("order", "SO-1"), ("plan", "team")]);
            assert_eq!(record.meters.iter().map(|meter| meter.allowed).collect::<Vec<_>>(), [Some(5)]);
        }
        assert_eq!(record.meters, stored.meters);
        assert_eq!(record.metadata, stored.metadata);
        let found = find_by_key_or_id(&service, &ada.actor, " user 1_USER 1 ").await.unwrap();
        assert_eq!(found, record.id);
    }

    async fn keys_are_unique_in_any_case_and_free_after_deletion(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let with_key = |text: &str| NewTerms { key: Some(key(text)), ..NewTerms::default() };
        let first = made(&service, &ada, with_key("abcd-1234")).await;
        let again = || CreateLicense { product: ada.product.id, terms: with_key("ABCD-1234") };
        let refused = create(&service, &ada.actor, again()).await.unwrap();
        assert_eq!(refused.map(|record| record.id), Err(LicenseRefusal::DuplicateKey));
        let other = made(&service, &ada, NewTerms::default()).await;
        let taken = EditLicense { key: Some(key("Abcd-1234")), ..EditLicense::default() };
        let refused = edit(&service, &ada.actor, other.id, &taken).await.unwrap();
        assert_eq!(refused.map(|record| record.id), Err(LicenseRefusal::DuplicateKey));
        delete(&service, &ada.actor, first.id).await.unwrap();
        assert!(matches!(show_record(&service, &ada.actor, first.id).await, Err(Error::NotFound)));
        create(&service, &ada.actor, again()).await.unwrap().unwrap_or_else(|refusal| panic!("{refusal:?}"));
    }

    async fn an_echo_changes_nothing_and_writes_no_event(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let terms = NewTerms { metadata: vec![pair("order", "1")], ..NewTerms::default() };
        let record = made(&service, &ada, terms).await;
        let connection = Database::connect(&db.url).await.unwrap();
        let events = "SELECT kind AS text FROM outbox_events";
        let before = texts(&connection, events).await;
        let echo = EditLicense {
            key: Some(record.key.clone()),
            suspended: Some(false),
            revoked: Some(false),
            machine_limit: Some(record.machine_limit),
            domain_limit: Some(record.domain_limit),
            rules: RuleOverrides::copy_of(&record.rules),
            customer: Some(None),
            metadata: vec![pair("ORDER", "1")],
            notes: Some(None),
            ..EditLicense::default()
        };
        let after = edited(&service, &ada, record.id, echo).await;
        assert_eq!(after.updated_at, record.updated_at);
        assert_eq!(texts(&connection, events).await, before);
    }

    async fn a_revoked_license_takes_notes_and_no_rules(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let record = made(&service, &ada, NewTerms::default()).await;
        let revoke = EditLicense { revoked: Some(true), suspended: Some(true), ..EditLicense::default() };
        let revoked = edited(&service, &ada, record.id, revoke).await;
        assert!(matches!(revoked.state, State::Revoked { .. }));
        let limit = EditLicense { machine_limit: Some(Limit::new(9)), ..EditLicense::default() };
        let refused = edit(&service, &ada.actor, record.id, &limit).await.unwrap();
        assert_eq!(refused.map(|record| record.id), Err(LicenseRefusal::Revoked));
        let fields = EditLicense { metadata: vec![pair("a", "b")], ..EditLicense::default() };
        assert_eq!(edited(&service, &ada, record.id, fields).await.metadata.len(), 1);
        let support = member(ada.account, ada.user, "sam", Role::Support);
        let undo = EditLicense { revoked: Some(false), ..EditLicense::default() };
        assert!(matches!(edit(&service, &support, record.id, &undo).await, Err(Error::Forbidden)));
        assert_eq!(edited(&service, &ada, record.id, undo).await.state, State::Active);
    }

    async fn parts_are_changed_by_their_own_ids(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let terms = NewTerms {
            metadata: vec![pair("a", "1"), pair("b", "2")],
            meters: vec![GivenMeter { name: "Exports".into(), allowed: None, floating: None, visibility: None }],
            ..NewTerms::default()
        };
        let record = made(&service, &ada, terms).await;
        let (field, meter) = (record.metadata[0].id, record.meters[0].id);
        assert!(matches!(remove_metadata(&service, &eve.actor, field).await, Err(Error::NotFound)));
        assert!(matches!(reset_meter(&service, &eve.actor, meter).await, Err(Error::NotFound)));
        remove_metadata(&service, &ada.actor, field).await.unwrap();
        let left = show_record(&service, &ada.actor, record.id).await.unwrap();
        assert_eq!(left.metadata.iter().map(|pair| pair.key.as_str()).collect::<Vec<_>>(), ["b"]);
        assert_eq!(reset_meter(&service, &ada.actor, meter).await.unwrap().meters[0].id, meter);
    }

    async fn products_and_customers_of_other_sellers_are_refused(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let refused = create(&service, &eve.actor, of_product(ada.product.id)).await.unwrap();
        assert_eq!(refused.map(|record| record.id), Err(LicenseRefusal::UnknownProduct));
        let terms = NewTerms { customer: Some(CustomerId(new_id())), ..NewTerms::default() };
        let new = CreateLicense { product: ada.product.id, terms };
        let refused = create(&service, &ada.actor, new).await.unwrap();
        assert_eq!(refused.map(|record| record.id), Err(LicenseRefusal::UnknownCustomer));
    }

    async fn twenty_at_once_are_twenty_licenses(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let (service, ada) = (service.clone(), ada.clone());
                let terms = NewTerms { metadata: vec![pair("n", &n.to_string())], ..NewTerms::default() };
                tokio::spawn(async move { made(&service, &ada, terms).await.id })
            })
            .collect();
        let mut ids = BTreeSet::new();
        for task in tasks {
            ids.insert(task.await.unwrap());
        }
        assert_eq!(ids.len(), 20);
        let product = service::product::show(&service, &ada.actor, ada.product.id).await.unwrap();
        assert_eq!(product.licenses, 20);
    }

    async fn an_atomic_bulk_makes_all_or_none(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let new = |text: &str| CreateLicense {
            product: ada.product.id,
            terms: NewTerms { key: Some(key(text)), ..NewTerms::default() },
        };
        let twice = || vec![new("bulk-key-1"), new("bulk-key-2"), new("BULK-KEY-1")];
        let made = create_many(&service, &ada.actor, twice(), true).await.unwrap();
        assert_eq!(made.iter().filter(|outcome| outcome.is_err()).count(), 1);
        assert!(find_by_key_or_id(&service, &ada.actor, "bulk-key-2").await.is_err());
        let made = create_many(&service, &ada.actor, twice(), false).await.unwrap();
        assert_eq!(made.iter().filter(|outcome| outcome.is_ok()).count(), 2);
        assert!(find_by_key_or_id(&service, &ada.actor, "bulk-key-2").await.is_ok());
    }
}
