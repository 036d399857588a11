//! Trials, as sellers' systems list, move and delete them.

use domain::event::Event;
use domain::filter::{FieldKind, FilterField, Folding, ListRequest, ListSort, Operator};
use domain::license::Limit;
use domain::machine::{Fingerprint, MachineRules, MetadataEntry, TrialRules};
use domain::{ActivationId, Timestamp};
use service::machine::{ActivationOutcome, TrialRequest, start_trial};
use service::trial::{self, TrialActivationRecord, TrialEnd};
use service::{Clock, Error, Service, audit, consistency_check, new_id, product};

use crate::agreement::{Memory, Row, WHOLE, whole};
use crate::machine::support::{claims, request, set_rules};
use crate::machine_activation::{filter, list_request};
use test_support::{Seller, license, on_both_databases, seller};

const DAY_SECONDS: u32 = 86_400;

static PRODUCT: FilterField = FilterField::id("productId");
static EXPIRED: FilterField = FilterField::boolean("expired");
static UPDATED: FilterField = FilterField::time("updatedAt");

static FIELDS: [FilterField; 11] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::id("productId"),
    FilterField::boolean("expired"),
    FilterField::time("expiresAt"),
    FilterField::in_any_case("os"),
    FilterField::in_any_case("hostname"),
    FilterField::in_any_case("appVersion"),
    FilterField::new("metadata.key", FieldKind::PairKey(Folding::Lower)),
    FilterField::new("metadata.value", FieldKind::PairValue(Folding::Lower)),
];

fn row(record: &TrialActivationRecord, now: Timestamp) -> Row {
    let row = Row::new(record.id.0)
        .time("createdAt", Some(record.created_at))
        .time("updatedAt", Some(record.updated_at))
        .time("expiresAt", Some(record.expires_at))
        .ids("productId", [record.product.0])
        .switch("expired", record.expires_at <= now)
        .text("os", record.os.clone())
        .text("hostname", record.hostname.clone())
        .text("appVersion", record.app_version.clone());
    record.metadata.iter().fold(row, |row, entry| row.pair(&entry.key, &entry.value))
}

async fn allow_trials(service: &Service, seller: &Seller, limit: u32) {
    let trial = Some(TrialRules::of_days(14, Limit::new(limit)));
    set_rules(service, seller, MachineRules { trial, ..MachineRules::default() }, "").await;
}

async fn start(service: &Service, seller: &Seller, machine: &str) -> ActivationOutcome {
    let (_, key) = license(service, seller, 1).await;
    let request = TrialRequest {
        raw_product_id: seller.product.id.to_string(),
        fingerprint: Fingerprint::parse(machine).unwrap(),
        machine: request(seller, &key, machine).machine,
    };
    start_trial(service, &request, None).await.unwrap()
}

async fn list(service: &Service, seller: &Seller, request: &ListRequest) -> Vec<TrialActivationRecord> {
    trial::list(service, &seller.actor, request).await.unwrap().items
}

on_both_databases! {
    async fn trials_are_listed_by_product_and_end(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        for seller in [&ada, &eve] {
            allow_trials(&service, seller, 10).await;
        }
        for n in 0..5_u32 {
            clock.set(Timestamp::from_day(i32::try_from(n).unwrap()));
            start(&service, &ada, &n.to_string()).await;
        }
        start(&service, &eve, "a").await;
        clock.set(Timestamp::from_day(16));
        let all = list(&service, &ada, &list_request(Vec::new())).await;
        assert_eq!(all.len(), 5);
        assert!(all.is_sorted_by_key(|row| row.created_at));
        assert_eq!(all[0].metadata.len(), 1);
        for (word, expected) in [("true", &all[..3]), ("False", &all[3..])] {
            let found = list(&service, &ada, &list_request(filter(&EXPIRED, Operator::Equal, word))).await;
            assert_eq!(found, expected, "{word}");
        }
        let of_product = |id: String| list_request(filter(&PRODUCT, Operator::Equal, &id));
        assert_eq!(list(&service, &ada, &of_product(ada.product.id.to_string())).await, all);
        assert_eq!(list(&service, &ada, &of_product(eve.product.id.to_string())).await, []);
        let after = ListRequest { limit: 2, after: Some(all[1].id.0), ..list_request(Vec::new()) };
        assert_eq!(list(&service, &ada, &after).await, all[2..4]);
        let mut export = trial::export(&service, &ada.actor, list_request(Vec::new())).await.unwrap();
        let mut exported = Vec::new();
        while let Some(batch) = export.next_batch().await.unwrap() {
            exported.extend(batch);
        }
        assert_eq!(exported, all);
    }

    async fn lists_and_exports_have_the_trials_that_meet_the_filters(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        for seller in [&ada, &eve] {
            allow_trials(&service, seller, 20).await;
        }
        start(&service, &eve, "a").await;
        let (_, key) = license(&service, &ada, 1).await;
        for (n, (hostname, os, version, room)) in [
            ("lab-1", "linux", "1.0", "12"),
            ("LAB-22", "Windows", "1.1", "12"),
            ("büro", "LINUX", "1.0", "Ä"),
            ("Büro 2", "macos", "", "ä"),
            ("a!b", "linux", "2.0", "7%"),
            ("c_c", "windows", "1.0", ""),
            ("100%", "", "2.0", "_"),
        ]
        .into_iter()
        .enumerate()
        {
            // Two of a day, so that ids decide.
            clock.set(Timestamp::from_day(i32::try_from(n / 2).unwrap()));
            let mut machine = request(&ada, &key, "m").machine;
            machine.hostname = hostname.to_owned();
            machine.os = os.to_owned();
            machine.app_version = version.to_owned();
            machine.metadata = vec![MetadataEntry { key: "Room".into(), value: room.into() }];
            let trial = TrialRequest {
                raw_product_id: ada.product.id.to_string(),
                fingerprint: Fingerprint::parse(&format!("m{n}")).unwrap(),
                machine,
            };
            let started = start_trial(&service, &trial, None).await.unwrap();
            assert!(matches!(started, ActivationOutcome::Token(_)), "{started:?}");
        }
        // The end of the first two is now.
        clock.set(Timestamp::from_day(14));
        let all = list(&service, &ada, &whole(Vec::new())).await;
        assert_eq!(all.len(), 7);
        trial::move_end(&service, &ada.actor, all[1].id, TrialEnd::Extended(1)).await.unwrap();
        let all = list(&service, &ada, &whole(Vec::new())).await;
        let rows = all.iter().map(|record| row(record, service.now())).collect();
        let list = async |request: ListRequest| {
            let page = trial::list(&service, &ada.actor, &request).await.unwrap().map(|trial| trial.id.0);
            if request.limit == WHOLE {
                let message = format!("{:?}", request.filters);
                let mut export = trial::export(&service, &ada.actor, request).await.unwrap();
                let mut exported = Vec::new();
                while let Some(batch) = export.next_batch().await.unwrap() {
                    exported.extend(batch.into_iter().map(|trial| trial.id.0));
                }
                exported.sort_unstable();
                let mut listed = page.items.clone();
                listed.sort_unstable();
                assert_eq!(exported, listed, "{message}");
            }
            page
        };
        Memory::new(&FIELDS, &["createdAt", "updatedAt"], rows).assert_agrees(120, &list).await;
    }

    async fn the_end_of_a_trial_moves_for_the_machine(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        allow_trials(&service, &ada, 10).await;
        start(&service, &ada, "a").await;
        let id = list(&service, &ada, &list_request(Vec::new())).await[0].id;
        for id in [id, ActivationId(new_id())] {
            let end = TrialEnd::Extended(1);
            assert!(matches!(trial::show(&service, &eve.actor, id).await, Err(Error::NotFound)));
            assert!(matches!(trial::move_end(&service, &eve.actor, id, end).await, Err(Error::NotFound)));
            assert!(matches!(trial::delete(&service, &eve.actor, id).await, Err(Error::NotFound)));
        }
        // Also after the end, from the former end.
        clock.set(Timestamp::from_day(30));
        let extended = trial::move_end(&service, &ada.actor, id, TrialEnd::Extended(2 * DAY_SECONDS)).await.unwrap();
        assert_eq!((extended.expires_at, extended.updated_at), (Timestamp::from_day(16), Timestamp::from_day(30)));
        clock.set(Timestamp::from_day(31));
        let end = Timestamp::from_day(40);
        let set = trial::move_end(&service, &ada.actor, id, TrialEnd::At(end)).await.unwrap();
        assert_eq!((set.expires_at, set.updated_at), (end, Timestamp::from_day(31)));
        let token = claims(&service, start(&service, &ada, "a").await).await;
        assert_eq!(token["eat"], i64::from(40 * DAY_SECONDS));
        let entries = async || {
            let page = audit::list(&service, &ada.actor, &domain::view::AuditQuery::default()).await.unwrap();
            let events = page.items.iter().filter_map(|entry| entry.event.map(Event::as_str));
            events.filter(|event| event.starts_with("trial.")).collect::<Vec<_>>()
        };
        let reported = ["trial.expiry_changed", "trial.extended", "trial.started"];
        assert_eq!(entries().await, reported);
        // The same end is no change.
        clock.set(Timestamp::from_day(32));
        trial::move_end(&service, &ada.actor, id, TrialEnd::At(end)).await.unwrap();
        assert_eq!(entries().await, reported);
        assert_eq!(trial::show(&service, &ada.actor, id).await.unwrap(), set);
    }

    async fn trials_are_listed_by_their_last_change(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        allow_trials(&service, &ada, 10).await;
        for n in 0..3_u32 {
            clock.set(Timestamp::from_day(i32::try_from(n).unwrap()));
            start(&service, &ada, &n.to_string()).await;
        }
        let started = list(&service, &ada, &list_request(Vec::new())).await;
        assert!(started.iter().all(|row| row.updated_at == row.created_at), "{started:?}");
        clock.set(Timestamp::from_day(5));
        trial::move_end(&service, &ada.actor, started[0].id, TrialEnd::Extended(1)).await.unwrap();
        let sort = ListSort { field: "updatedAt", descending: false };
        let by_change = ListRequest { sort, ..list_request(Vec::new()) };
        let ids: Vec<_> = list(&service, &ada, &by_change).await.into_iter().map(|row| row.id).collect();
        assert_eq!(ids, [started[1].id, started[2].id, started[0].id]);
        let after = ListRequest { after: Some(started[2].id.0), ..by_change };
        let rest = list(&service, &ada, &after).await;
        assert_eq!((rest.len(), rest[0].id, rest[0].updated_at), (1, started[0].id, Timestamp::from_day(5)));
        let since = Timestamp::from_day(4).rfc3339();
        let found = list(&service, &ada, &list_request(filter(&UPDATED, Operator::AtLeast, &since))).await;
        assert_eq!(found, rest);
    }

    async fn extensions_at_once_add_up(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let ada = seller(&services[0], "ada").await;
        allow_trials(&services[0], &ada, 10).await;
        start(&services[0], &ada, "a").await;
        let before = list(&services[0], &ada, &list_request(Vec::new())).await.remove(0);
        let id = before.id;
        let tasks: Vec<_> = (0..10)
            .map(|n| {
                let (service, actor) = (services[n % 2].clone(), ada.actor.clone());
                tokio::spawn(async move {
                    trial::move_end(&service, &actor, id, TrialEnd::Extended(10)).await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let after = trial::show(&services[0], &ada.actor, id).await.unwrap();
        assert_eq!(after.expires_at, before.expires_at.plus_seconds(100));
    }

    async fn a_deleted_trial_makes_room_for_another(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        allow_trials(&service, &ada, 1).await;
        start(&service, &ada, "a").await;
        assert_eq!(start(&service, &ada, "b").await, ActivationOutcome::TrialLimitReached);
        let id = list(&service, &ada, &list_request(Vec::new())).await[0].id;
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (service, actor) = (service.clone(), ada.actor.clone());
                tokio::spawn(async move { trial::delete(&service, &actor, id).await.is_ok() })
            })
            .collect();
        let mut deleted = 0;
        for task in tasks {
            deleted += usize::from(task.await.unwrap());
        }
        assert_eq!(deleted, 1);
        assert_eq!(product::show(&service, &ada.actor, ada.product.id).await.unwrap().trials, 0);
        assert_eq!(consistency_check::check(&service).await.unwrap(), []);
        assert!(matches!(start(&service, &ada, "b").await, ActivationOutcome::Token(_)));
    }
}
