//! The rule of releases and moves, also in races.

use domain::development::DevelopmentHosts;
use domain::license::Standing;
use domain::product::ProductSettings;
use domain::view::ActivationCursors;
use domain::{ActivationId, CustomerRelease, Timestamp};
use sea_orm::Database;
use service::activation::{activate, verify};
use service::customer_page::{ReleaseOutcome, free, move_domain, show};
use service::{Clock, license, product};
use std::sync::Arc;
use tokio::sync::Barrier;

use super::{open, set_rule, slot_of};
use test_support::{host, on_both_databases, seller, texts};

on_both_databases! {
    async fn the_rule_of_the_product_counts(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let (id, key) = test_support::license(&service, &ada, 3).await;
        for domain in ["a.com", "b.com", "c.com"] {
            activate(&service, &key, &host(domain), None).await.unwrap();
            clock.set(service.now().plus_millis(1));
        }
        let session = open(&service, &key).await;
        let release = async || {
            let slot = slot_of(&service, &ada, id).await;
            free(&service, &session, id, slot, Some("192.0.2.7".into())).await.unwrap()
        };
        assert_eq!(release().await, ReleaseOutcome::Never);
        set_rule(&service, &ada, CustomerRelease::OnceInDays(7)).await;
        let freed_at = service.now();
        assert_eq!(release().await, ReleaseOutcome::Done);
        assert!(verify(&service, &key, &host("c.com"), None).await.unwrap() != verify(&service, &key, &host("b.com"), None).await.unwrap());
        assert_eq!(release().await, ReleaseOutcome::NotBefore(freed_at.plus_days(7)));
        // A move counts as a release.
        let slot = slot_of(&service, &ada, id).await;
        let moved = move_domain(&service, &session, id, slot, &host("d.com"), None).await.unwrap();
        assert_eq!(moved, ReleaseOutcome::NotBefore(freed_at.plus_days(7)));
        set_rule(&service, &ada, CustomerRelease::Always).await;
        assert_eq!(move_domain(&service, &session, id, slot, &host("d.com"), None).await.unwrap(), ReleaseOutcome::Done);
        set_rule(&service, &ada, CustomerRelease::OnceInDays(7)).await;
        assert_eq!(release().await, ReleaseOutcome::NotBefore(freed_at.plus_days(7)), "also a move under “always”");

        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT actor_kind || ' ' || actor_name || ' ' || action || ' ' || detail || ' ' || COALESCE(ip, '-') AS text \
                   FROM audit_entries WHERE actor_kind = 'customer' ORDER BY id";
        assert_eq!(texts(&connection, sql).await, [
            "customer customer activation.deleted c.com 192.0.2.7",
            "customer customer activation.deleted b.com -",
            "customer customer activation.created d.com -",
        ]);
    }

    async fn a_development_host_does_not_use_the_period_up(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let shown = product::show(&service, &ada.actor, ada.product.id).await.unwrap();
        let settings = ProductSettings {
            customer_release: CustomerRelease::OnceInDays(7),
            development: DevelopmentHosts::parse(true, "dev.*").unwrap(),
            ..shown.settings().unwrap()
        };
        product::update(&service, &ada.actor, ada.product.id, settings).await.unwrap();
        let (id, key) = test_support::license(&service, &ada, 1).await;
        let session = open(&service, &key).await;
        let mut done = Vec::new();
        for domain in ["dev.a.com", "a.com", "dev.b.com"] {
            activate(&service, &key, &host(domain), None).await.unwrap();
            let page = show(&service, &session, None, &ActivationCursors::default()).await.unwrap();
            let row = page.domains.unwrap().rows.remove(0);
            let slot = slot_of(&service, &ada, id).await;
            done.push((row.takes_slot, free(&service, &session, id, slot, None).await.unwrap() == ReleaseOutcome::Done));
        }
        assert_eq!(done, [(false, true), (true, true), (false, false)]);
    }

    async fn one_of_many_requests_frees_in_a_period(db: TestDatabase) {
        const TASKS: usize = 40;
        let services = [db.open().await, db.open().await];
        let ada = seller(&services[0], "ada").await;
        set_rule(&services[0], &ada, CustomerRelease::OnceInDays(1)).await;
        let (id, key) = test_support::license(&services[0], &ada, 50).await;
        for n in 0..TASKS {
            activate(&services[0], &key, &host(&format!("{n}.com")), None).await.unwrap();
        }
        let mut slots = Vec::new();
        let mut cursors = ActivationCursors::default();
        loop {
            let page = license::show_from(&services[0], &ada.actor, id, &cursors).await.unwrap().domains;
            slots.extend(page.rows.iter().filter_map(|row| row.id));
            let Some(more) = page.more else { break };
            cursors.domains = Some(more);
        }
        assert_eq!(slots.len(), TASKS);
        let session = open(&services[0], &key).await;
        let start = Arc::new(Barrier::new(TASKS));
        let tasks: Vec<_> = slots.into_iter().enumerate().map(|(n, slot)| {
            let (service, start, session) = (services[n % 2].clone(), Arc::clone(&start), session.clone());
            tokio::spawn(async move {
                start.wait().await;
                if n % 4 < 2 {
                    free(&service, &session, id, slot, None).await.unwrap()
                } else {
                    move_domain(&service, &session, id, slot, &host(&format!("new{n}.com")), None).await.unwrap()
                }
            })
        }).collect();
        let mut done = 0;
        for task in tasks {
            match task.await.unwrap() {
                ReleaseOutcome::Done => done += 1,
                ReleaseOutcome::NotBefore(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(done, 1);
    }

    async fn a_move_that_is_sent_twice_succeeds_once(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        set_rule(&service, &ada, CustomerRelease::OnceInDays(7)).await;
        let (id, key) = test_support::license(&service, &ada, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        let session = open(&service, &key).await;
        let slot = slot_of(&service, &ada, id).await;
        let to = async |domain: &str| move_domain(&service, &session, id, slot, &host(domain), None).await.unwrap();
        assert_eq!(to("b.com").await, ReleaseOutcome::Done);
        assert_eq!(to("b.com").await, ReleaseOutcome::Done);
        assert_eq!(to("c.com").await, ReleaseOutcome::Gone);
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT action || ' ' || detail AS text FROM audit_entries WHERE actor_kind = 'customer' ORDER BY id";
        assert_eq!(texts(&connection, sql).await, ["activation.deleted a.com", "activation.created b.com"]);
        // A key whose holder must not see the domains learns nothing by a guess.
        set_rule(&service, &ada, CustomerRelease::Never).await;
        assert_eq!(to("b.com").await, ReleaseOutcome::Never);
    }

    async fn a_move_needs_an_active_license_and_another_domain(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        set_rule(&service, &ada, CustomerRelease::Always).await;
        let (id, key) = test_support::license(&service, &ada, 2).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        activate(&service, &key, &host("b.com"), None).await.unwrap();
        let session = open(&service, &key).await;
        let slot = slot_of(&service, &ada, id).await;
        let to = async |slot, domain: &str| move_domain(&service, &session, id, slot, &host(domain), None).await.unwrap();
        assert_eq!(to(slot, "a.com").await, ReleaseOutcome::ActiveAlready);
        assert_eq!(to(ActivationId(service::new_id()), "c.com").await, ReleaseOutcome::Gone);
        license::suspend(&service, &ada.actor, id, None).await.unwrap();
        assert_eq!(to(slot, "c.com").await, ReleaseOutcome::NotActive);
        let shown = show(&service, &session, None, &ActivationCursors::default()).await.unwrap();
        assert_eq!((shown.license.standing, shown.license.domains_used), (Standing::Suspended, 2));
        // A slot can be freed in every standing, as an app can.
        assert_eq!(free(&service, &session, id, slot, None).await.unwrap(), ReleaseOutcome::Done);
        assert_eq!(free(&service, &session, id, slot, None).await.unwrap(), ReleaseOutcome::Gone);
    }
}
