//! Filters of the logs: each is compared with an evaluation of all entries in memory. The order of every log is that
//! of the ids, which is that of time.

use std::collections::BTreeMap;

use domain::filter::{FieldKind, Filter, FilterField, ListRequest, Operator, parse_filter};
use domain::permission::Role;
use domain::{LicenseId, LicenseKey, Timestamp};
use sea_orm::{ConnectionTrait as _, Database};
use service::activation::{activate, deactivate};
use service::event_log::{EventActor, EventLogRecord};
use service::member::{self, TokensOfRemoved};
use service::{Service, activation_log, event_log, license};
use uuid::Uuid;

use super::{create, named, tags, write_events};
use crate::agreement::{Memory, Row, SortKey, WHOLE, whole};
use test_support::{
    Seller, host, license as issue_one, member as actor_of, on_both_databases, person, seller,
};

static EVENT_FIELDS: [FilterField; 12] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::id("resourceId"),
    FilterField::text("resource"),
    FilterField::text("action"),
    FilterField::id("userId"),
    FilterField::new("user.email", FieldKind::Email),
    FilterField::id("actorId"),
    FilterField::new("actorEmail", FieldKind::Email),
    FilterField::text("actorKind"),
    FilterField::in_any_case("actorName"),
];
static ACTIVATION_FIELDS: [FilterField; 8] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::new(
        "action",
        FieldKind::Enumeration(&["activate", "deactivate", "lease-expire", "trial-activate"]),
    ),
    FilterField::id("licenseId"),
    FilterField::new("licenseKey", FieldKind::Key),
    FilterField::new("license.key", FieldKind::Key),
    FilterField::id("productId"),
];
/// A field of keys that has more operators than keys have.
static KEY_AS_TEXT: FilterField = FilterField::text("licenseKey");
static SUBSCRIPTION_FIELDS: [FilterField; 6] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::id("licenseId"),
    FilterField::new("licenseKey", FieldKind::Key),
    FilterField::text("event"),
];
static SORTS: [&str; 2] = ["createdAt", "updatedAt"];

/// An entry of a log.
fn entry(id: Uuid, at: Timestamp) -> Row {
    Row::new(id)
        .time("createdAt", Some(at))
        .ordered("createdAt", SortKey::Number(0))
        .time("updatedAt", Some(at))
        .ordered("updatedAt", SortKey::Number(0))
}

fn event_row(record: &EventLogRecord) -> Row {
    let is_person = matches!(record.actor_kind.as_str(), "member" | "customer");
    let email = match &record.user {
        Some(EventActor::Member(member)) => Some(member.email.clone()),
        Some(EventActor::Customer(customer)) => customer.email.clone(),
        None => None,
    };
    entry(record.id.0, record.at)
        .ids("resourceId", record.resource_id)
        .text("resource", record.resource.clone())
        .text("action", record.action.clone())
        .ids("userId", record.actor_id.filter(|_| is_person))
        .ids("actorId", record.actor_id)
        .texts("user.email", email.clone())
        .texts("actorEmail", email)
        .text("actorKind", record.actor_kind.clone())
        .text("actorName", record.actor_name.clone())
}

/// Issues licenses.
async fn licenses(service: &Service, seller: &Seller, count: usize) -> BTreeMap<LicenseId, LicenseKey> {
    let mut licenses = BTreeMap::new();
    for _ in 0..count {
        let (id, key) = issue_one(service, seller, 3).await;
        licenses.insert(id, key);
    }
    licenses
}

on_both_databases! {
    async fn every_filter_of_the_event_log_agrees_with_memory(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (_, bob, _) = person(&service, "bob", "ada", Role::Admin).await;
        let (_, cleo, _) = person(&service, "cleo", "ada", Role::Admin).await;
        write_events(&service, &ada).await;
        write_events(&service, &eve).await;
        for user in [bob, cleo] {
            let actor = Seller { actor: actor_of(ada.account, user, "A Helper", Role::Admin), ..ada.clone() };
            let (id, _) = issue_one(&service, &actor, 1).await;
            license::suspend(&service, &actor.actor, id, None).await.unwrap();
            let new = named("Grace", "", &format!("{user}@x.example"));
            create(&service, &actor, service::customer::NewCustomer { tags: tags("ä"), ..new }).await;
        }
        // A former member is no person of the account, whichever operator asks.
        member::remove(&service, &ada.actor, bob, TokensOfRemoved::Withdrawn).await.unwrap();
        let all = event_log::list(&service, &ada.actor, &whole(Vec::new())).await.unwrap().items;
        assert!(all.iter().any(|entry| entry.actor_id == Some(bob.0) && entry.user.is_none()));
        let list = async |request: ListRequest| {
            event_log::list(&service, &ada.actor, &request).await.unwrap().map(|entry| entry.id.0)
        };
        Memory::new(&EVENT_FIELDS, &SORTS, all.iter().map(event_row).collect()).assert_agrees(150, &list).await;
    }

    async fn every_filter_of_the_activation_log_agrees_with_memory(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let keys = licenses(&service, &ada, 3).await;
        for (n, key) in keys.values().enumerate() {
            for name in &["a.com", "b.com", "c.com"][n..] {
                activate(&service, key, &host(name), None).await.unwrap();
            }
            deactivate(&service, key, &host("c.com"), None).await.unwrap();
        }
        let (_, of_eve) = issue_one(&service, &eve, 1).await;
        activate(&service, &of_eve, &host("a.com"), None).await.unwrap();
        let all = activation_log::list(&service, &ada.actor, &whole(Vec::new())).await.unwrap().items;
        assert_eq!(all.len(), 9);
        let rows = all.iter().map(|record| {
            let key = record.license.and_then(|id| keys.get(&id)).map(|key| key.expose().to_owned());
            entry(record.id.0, record.at)
                .text("action", record.action.as_str())
                .ids("licenseId", record.license.map(|id| id.0))
                .ids("productId", record.product.map(|id| id.0))
                .texts("licenseKey", key.clone())
                .texts("license.key", key)
        });
        let list = async |request: ListRequest| {
            let page = activation_log::list(&service, &ada.actor, &request).await.unwrap();
            let page = page.map(|entry| entry.id.0);
            if request.limit == WHOLE {
                let message = format!("{:?}", request.filters);
                let mut export = activation_log::export(&service, &ada.actor, request).await.unwrap();
                let mut exported = Vec::new();
                while let Some(batch) = export.next_batch().await.unwrap() {
                    exported.extend(batch.into_iter().map(|entry| entry.id.0));
                }
                exported.sort_unstable();
                let mut listed = page.items.clone();
                listed.sort_unstable();
                assert_eq!(exported, listed, "{message}");
            }
            page
        };
        // Other parts of keys are not stored.
        for operator in [Operator::StartsWith, Operator::Contains, Operator::NotContains] {
            assert!(parse_filter(&ACTIVATION_FIELDS[5], operator, ["A1B2"]).is_err(), "{operator:?}");
            let filters = parse_filter(&KEY_AS_TEXT, operator, ["A1B2"]).unwrap();
            let request = whole(filters.into_iter().collect());
            let refused = activation_log::list(&service, &ada.actor, &request).await;
            assert!(matches!(refused, Err(service::Error::Invalid(_))), "{operator:?}");
        }
        Memory::new(&ACTIVATION_FIELDS, &SORTS, rows.collect()).assert_agrees(150, &list).await;
    }

    async fn every_filter_of_the_subscription_log_agrees_with_memory(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let keys = licenses(&service, &ada, 4).await;
        for (n, id) in keys.keys().enumerate() {
            license::suspend(&service, &ada.actor, *id, None).await.unwrap();
            if n % 2 == 0 {
                license::reinstate(&service, &ada.actor, *id).await.unwrap();
                license::revoke(&service, &ada.actor, *id, None).await.unwrap();
            }
        }
        licenses(&service, &eve, 1).await;
        let all = event_log::list_subscriptions(&service, &ada.actor, &whole(Vec::new())).await.unwrap().items;
        assert_eq!(all.len(), 12);
        let rows = all.iter().map(|record| {
            entry(record.id.0, record.at)
                .ids("licenseId", [record.license.0])
                .text("licenseKey", keys[&record.license].expose())
                .text("event", record.event)
        });
        let list = async |request: ListRequest| {
            event_log::list_subscriptions(&service, &ada.actor, &request).await.unwrap().map(|entry| entry.id.0)
        };
        Memory::new(&SUBSCRIPTION_FIELDS, &SORTS, rows.collect()).assert_agrees(150, &list).await;
    }

    async fn an_end_of_many_keys_is_compared_with_the_entries_that_other_filters_leave(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let keys = licenses(&service, &ada, 102).await;
        let suspended = *keys.keys().next().unwrap();
        license::suspend(&service, &ada.actor, suspended, None).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        connection.execute_unprepared("UPDATE licenses SET last_four = 'SAME'").await.unwrap();
        let end = || parse_filter(&SUBSCRIPTION_FIELDS[4], Operator::EndsWith, ["SAME"]).unwrap();
        let event = parse_filter(&SUBSCRIPTION_FIELDS[5], Operator::Equal, ["license.suspended"]).unwrap();
        let list = async |filters: Vec<Filter>| {
            event_log::list_subscriptions(&service, &ada.actor, &whole(filters)).await.unwrap().items
        };
        let found = list(end().into_iter().chain(event).collect()).await;
        assert_eq!(found.iter().map(|entry| entry.license).collect::<Vec<_>>(), [suspended]);
        assert_eq!(list(end().into_iter().collect()).await.len(), 100, "a whole page");
        let other = parse_filter(&SUBSCRIPTION_FIELDS[4], Operator::EndsWith, ["ELSE"]).unwrap();
        assert!(list(other.into_iter().collect()).await.is_empty());
    }
}
