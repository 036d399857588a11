//! Offline activation by customers: the response, its end, and when the machine can be freed.

use std::sync::Arc;

use domain::license::Limit;
use domain::machine::{MachineRules, Seconds};
use domain::product::ProductSettings;
use domain::view::ActivationCursors;
use domain::{ActivationId, CustomerOffline, CustomerRelease, LicenseKey, OfflineResponse, Timestamp};
use sea_orm::Database;
use serde_json::{Value, json};
use service::customer_page::{CustomerSession, OfflineOutcome, ReleaseOutcome, activate_offline, free, show};
use service::license::NewLimits;
use service::machine::{self, ActivationOutcome, DeactivateOutcome, offline};
use service::{Clock, Service, activation, license, product};
use tokio::sync::Barrier;

use super::{open, slot_of};
use crate::machine::support::{claims, request, verified};
use test_support::{Seller, on_both_databases, seller, texts};

const START: i64 = 1_800_000_000;

fn manual() -> Clock {
    Clock::manual(Timestamp::from_millis(START * 1000))
}

/// Lets customers free always, and activate offline by a rule.
async fn set_rule(service: &Service, seller: &Seller, rule: CustomerOffline, machines: MachineRules) {
    let shown = product::show(service, &seller.actor, seller.product.id).await.unwrap();
    let settings = ProductSettings {
        customer_release: CustomerRelease::Always,
        customer_offline: rule,
        machines,
        ..shown.settings().unwrap()
    };
    product::update(service, &seller.actor, seller.product.id, settings).await.unwrap();
}

fn file(seller: &Seller, key: &LicenseKey, fingerprint: &str) -> Value {
    json!({
        "key": key.expose(), "productId": seller.product.id, "fingerprint": fingerprint, "hostname": "lab",
        "os": "linux", "appVersion": "1", "userHash": "u",
    })
}

/// Activates a machine as a customer and returns the claims of the response.
async fn respond(service: &Service, session: &CustomerSession, id: domain::LicenseId, file: &Value) -> Value {
    let made =
        activate_offline(service, session, id, &file.to_string(), Some("192.0.2.7".into())).await.unwrap();
    let OfflineOutcome::Response(response) = made else { panic!("{made:?}") };
    verified(service, &response).await.expect("a token that verifies")
}

on_both_databases! {
    async fn a_response_ends_and_its_machine_keeps_the_slot_until_then(db: TestDatabase) {
        let clock = manual();
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let (id, key) = test_support::license(&service, &ada, 1).await;
        let session = open(&service, &key).await;
        let sent = file(&ada, &key, "fp");
        let refused = activate_offline(&service, &session, id, &sent.to_string(), None).await.unwrap();
        assert_eq!(refused, OfflineOutcome::Never, "the default");

        set_rule(&service, &ada, CustomerOffline::ForDays(30), MachineRules::default()).await;
        let end = START + 30 * 86_400;
        let first = respond(&service, &session, id, &sent).await;
        assert_eq!((&first["eat"], &first["orv"]), (&end.into(), &end.into()), "it ends on the machine too");
        assert_eq!((&first["ssi"], &first["ssgpeat"], &first["leat"]), (&0.into(), &0.into(), &0.into()));
        // The same machine gets another response and takes no second slot. A shorter rule shortens nothing.
        set_rule(&service, &ada, CustomerOffline::ForDays(1), MachineRules::default()).await;
        let again = respond(&service, &session, id, &sent).await;
        assert_eq!((&again["aid"], &again["eat"]), (&first["aid"], &end.into()));
        let other = file(&ada, &key, "other").to_string();
        let full = activate_offline(&service, &session, id, &other, None).await.unwrap();
        assert_eq!(full, OfflineOutcome::NoSlot);

        let slot = slot_of(&service, &ada, id).await;
        let ends_at = Timestamp::from_millis(end * 1000);
        let shown = show(&service, &session, None, &ActivationCursors::default()).await.unwrap();
        let machine = shown.machines.unwrap().rows.remove(0).machine.unwrap();
        assert_eq!((machine.offline, machine.response), (true, Some(OfflineResponse::EndsAt(ends_at))));
        clock.set(ends_at.plus_millis(-1));
        let session = open(&service, &key).await;
        let early = free(&service, &session, id, slot, None).await.unwrap();
        assert_eq!(early, ReleaseOutcome::OfflineUntil(ends_at));
        clock.set(ends_at);
        assert_eq!(free(&service, &session, id, slot, None).await.unwrap(), ReleaseOutcome::Done);
        respond(&service, &session, id, &file(&ada, &key, "other")).await;

        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT action || ' ' || detail || ' ' || COALESCE(ip, '-') AS text FROM audit_entries \
                   WHERE actor_kind = 'customer' ORDER BY id";
        let date = ends_at.date();
        assert_eq!(texts(&connection, sql).await[..4], [
            "activation.created lab 192.0.2.7".to_owned(),
            format!("activation.offline_response_issued lab, until {date} 192.0.2.7"),
            format!("activation.offline_response_issued lab, until {date} 192.0.2.7"),
            "activation.deleted lab -".to_owned(),
        ]);
    }

    async fn a_running_response_keeps_its_slot_against_apps_and_leases(db: TestDatabase) {
        let clock = manual();
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let (id, key) = test_support::license(&service, &ada, 1).await;
        let rules = MachineRules { lease: Some(Seconds::new(60)), ..MachineRules::default() };
        set_rule(&service, &ada, CustomerOffline::ForDays(2), rules).await;
        let session = open(&service, &key).await;
        let made = respond(&service, &session, id, &file(&ada, &key, "fp")).await;
        let activation: ActivationId = made["aid"].as_str().unwrap().parse().unwrap();
        // The id of the activation is in the response.
        let deactivate = async || machine::deactivate(&service, activation, None, None).await.unwrap();
        assert_eq!(deactivate().await, DeactivateOutcome::LimitReached);
        // The machine is online again, with a lease of a minute. The response could be loaded again.
        let online = machine::activate(&service, request(&ada, &key, "fp"), None).await.unwrap();
        assert_eq!(claims(&service, online).await["aid"], made["aid"]);
        clock.set(service.now().plus_days(1));
        machine::expire_leases(&service).await.unwrap();
        assert_eq!(license::show(&service, &ada.actor, id).await.unwrap().machines_used, 1);
        let other = machine::activate(&service, request(&ada, &key, "other"), None).await.unwrap();
        assert_eq!(other, ActivationOutcome::LimitReached);
        let session = open(&service, &key).await;
        let early = free(&service, &session, id, activation, None).await.unwrap();
        assert!(matches!(early, ReleaseOutcome::OfflineUntil(_)), "{early:?}");
        // The seller frees at any time.
        activation::free(&service, &ada.actor, id, activation).await.unwrap();
        let other = machine::activate(&service, request(&ada, &key, "other"), None).await.unwrap();
        assert!(matches!(other, ActivationOutcome::Token(_)), "{other:?}");
    }

    async fn a_response_of_the_seller_is_ended_by_the_seller(db: TestDatabase) {
        let clock = manual();
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let (id, key) = test_support::license(&service, &ada, 1).await;
        set_rule(&service, &ada, CustomerOffline::ForDays(2), MachineRules::default()).await;
        let sent = file(&ada, &key, "fp").to_string();
        let week = Some(Seconds::new(604_800));
        let made = offline::activate(&service, &ada.actor, id, &sent, week).await.unwrap();
        assert_eq!(claims(&service, made).await["eat"], 0, "a loaded response does not end");
        clock.set(service.now().plus_days(400));
        let session = open(&service, &key).await;
        let refused = activate_offline(&service, &session, id, &sent, None).await.unwrap();
        assert_eq!(refused, OfflineOutcome::OfSeller);
        let slot = slot_of(&service, &ada, id).await;
        assert_eq!(free(&service, &session, id, slot, None).await.unwrap(), ReleaseOutcome::OfflineBySeller);
        activation::free(&service, &ada.actor, id, slot).await.unwrap();
        let made = activate_offline(&service, &session, id, &sent, None).await.unwrap();
        assert!(matches!(made, OfflineOutcome::Response(_)), "{made:?}");
    }

    async fn a_response_ends_with_the_license(db: TestDatabase) {
        let service = db.open_at(manual()).await;
        let ada = seller(&service, "ada").await;
        let (id, key) = test_support::license(&service, &ada, 1).await;
        set_rule(&service, &ada, CustomerOffline::ForDays(30), MachineRules::default()).await;
        let until = domain::license::Renewal::Until(service.now().plus_days(3));
        let expires_at = license::renew(&service, &ada.actor, id, until, None).await.unwrap().unwrap();
        let session = open(&service, &key).await;
        let made = respond(&service, &session, id, &file(&ada, &key, "fp")).await;
        assert_eq!((&made["eat"], &made["orv"]), (&expires_at.seconds().into(), &expires_at.seconds().into()));
        license::suspend(&service, &ada.actor, id, None).await.unwrap();
        let sent = file(&ada, &key, "fp").to_string();
        let refused = activate_offline(&service, &session, id, &sent, None).await.unwrap();
        assert_eq!(refused, OfflineOutcome::NotActive);
    }

    async fn other_texts_are_distinguished(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, key) = test_support::license(&service, &ada, 1).await;
        let (_, other) = test_support::license(&service, &ada, 1).await;
        let rules = MachineRules { allow_vm: false, ..MachineRules::default() };
        set_rule(&service, &ada, CustomerOffline::ForDays(7), rules).await;
        let session = open(&service, &key).await;
        let own = file(&ada, &key, "fp");
        let with = |name: &str, value: &str| {
            let mut file = own.clone();
            file[name] = value.into();
            file.to_string()
        };
        let response = "eyJhbGciOiJSUzI1NiJ9.eyJhaWQiOiIifQ.c2ln";
        for (text, outcome) in [
            (String::new(), OfflineOutcome::NoRequest),
            ("{}".to_owned(), OfflineOutcome::NoRequest),
            ("not a file".to_owned(), OfflineOutcome::NoRequest),
            (response.to_owned(), OfflineOutcome::NoRequest),
            (with("fingerprint", ""), OfflineOutcome::NoRequest),
            ("x".repeat(40_000), OfflineOutcome::TooLong),
            (with("activationId", &service::new_id().to_string()), OfflineOutcome::Deactivation),
            (with("key", other.expose()), OfflineOutcome::OtherKey),
            (with("key", "LIC-0000-0000-0000-0000"), OfflineOutcome::OtherKey),
            (with("productId", &eve.product.id.to_string()), OfflineOutcome::OtherProduct),
            (with("vmName", "kvm"), OfflineOutcome::NotAdmitted),
        ] {
            let made = activate_offline(&service, &session, id, &text, None).await.unwrap();
            assert_eq!(made, outcome, "{text:.80}");
        }
        let shown = license::show(&service, &ada.actor, id).await.unwrap();
        assert_eq!(shown.machines_used, 0, "nothing was activated");
    }

    async fn machines_at_once_take_no_more_slots_than_the_limit(db: TestDatabase) {
        const TASKS: usize = 24;
        let services = [db.open().await, db.open().await];
        let ada = seller(&services[0], "ada").await;
        let (id, key) = test_support::license(&services[0], &ada, 1).await;
        let limits = NewLimits { machines: Some(Limit::new(3)), ..NewLimits::default() };
        license::change_limit(&services[0], &ada.actor, id, limits).await.unwrap();
        set_rule(&services[0], &ada, CustomerOffline::ForDays(7), MachineRules::default()).await;
        let session = open(&services[0], &key).await;
        let start = Arc::new(Barrier::new(TASKS));
        let tasks: Vec<_> = (0..TASKS).map(|n| {
            let (service, start, session) = (services[n % 2].clone(), Arc::clone(&start), session.clone());
            // Each machine sends its request twice.
            let sent = file(&ada, &key, &format!("fp-{}", n / 2)).to_string();
            tokio::spawn(async move {
                start.wait().await;
                activate_offline(&service, &session, id, &sent, None).await.unwrap()
            })
        }).collect();
        let mut made = 0;
        for task in tasks {
            match task.await.unwrap() {
                OfflineOutcome::Response(_) => made += 1,
                OfflineOutcome::NoSlot => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(made, 6, "three machines, twice each");
        assert_eq!(license::show(&services[0], &ada.actor, id).await.unwrap().machines_used, 3);
    }
}
