//! Filters, pages and the export of the audit log, compared with a filter in memory.

use domain::event::Event;
use domain::permission::Role;
use domain::view::{AuditAction, AuditActor, AuditObject, AuditQuery, AuditRow};
use domain::{AuditEntryId, CustomerId, CustomerRelease, LicenseId, ProductId};
use sea_orm::FromQueryResult as _;
use service::activation::{activate, deactivate};
use service::audit::{export, list};
use service::{Actor, Service, customer_page};

use super::Shop;
use test_support::{host, license, member, on_both_databases, person, seller};

/// An entry as the database has it.
#[derive(Debug, sea_orm::FromQueryResult)]
struct Stored {
    id: sea_orm::prelude::Uuid,
    license_id: Option<sea_orm::prelude::Uuid>,
    product_id: Option<sea_orm::prelude::Uuid>,
    customer_id: Option<sea_orm::prelude::Uuid>,
    actor_kind: String,
    actor_id: Option<sea_orm::prelude::Uuid>,
    action: String,
}

fn matches(entry: &Stored, query: &AuditQuery) -> bool {
    let actor = match query.actor {
        None => true,
        Some(AuditActor::Principal(id)) => entry.actor_id == Some(id),
        Some(AuditActor::Apps) => entry.actor_kind == "app",
        Some(AuditActor::Customers) => entry.actor_kind == "customer",
        Some(AuditActor::Operator) => entry.actor_kind == "shell",
        Some(AuditActor::Server) => entry.actor_kind == "system",
    };
    let object = match query.object {
        None => true,
        Some(AuditObject::License(id)) => entry.license_id == Some(id.0),
        Some(AuditObject::Product(id)) => entry.product_id == Some(id.0),
        Some(AuditObject::Customer(id)) => entry.customer_id == Some(id.0),
    };
    let action = match query.action {
        None => true,
        Some(AuditAction::Changes) => !entry.action.starts_with("activation."),
        Some(AuditAction::Event(event)) => entry.action == event.as_str(),
    };
    let day = i32::try_from((entry.id.as_u128() >> 80) / 86_400_000).unwrap();
    let in_range = query.from_day.is_none_or(|from| day >= from) && query.to_day.is_none_or(|to| day <= to);
    actor && object && action && in_range
}

/// Returns all entries of a query, page by page.
async fn listed(service: &Service, actor: &Actor, query: &AuditQuery) -> Vec<AuditRow> {
    let (mut query, mut rows) = (query.clone(), Vec::new());
    loop {
        let page = list(service, actor, &query).await.unwrap();
        assert!(page.items.len() <= 50);
        rows.extend(page.items);
        query.before = page.more;
        if query.before.is_none() {
            return rows;
        }
    }
}

/// Fills the log: members, apps, operator and server.
async fn fill(shop: &Shop) -> (LicenseId, Actor) {
    let (service, seller) = (&shop.service, &shop.seller);
    let first = shop.work("Grace Hopper").await;
    let (_, user, _) = person(service, "bob", "ada", Role::Admin).await;
    let bob = member(seller.account, user, "bob", Role::Admin).with_ip(Some("192.0.2.7".into()));
    for _ in 0..12 {
        let (id, key) = license(service, seller, 2).await;
        activate(service, &key, &host("a.com"), Some("192.0.2.9".into())).await.unwrap();
        deactivate(service, &key, &host("a.com"), None).await.unwrap();
        service::license::suspend(service, &bob, id, None).await.unwrap();
        service::license::reinstate(service, &bob, id).await.unwrap();
    }
    crate::customer_page::set_rule(service, seller, CustomerRelease::Always).await;
    let (id, key) = license(service, seller, 1).await;
    activate(service, &key, &host("a.com"), Some("192.0.2.9".into())).await.unwrap();
    let slot = crate::customer_page::slot_of(service, seller, id).await;
    let page =
        customer_page::open_by_key(service, None, key.expose(), None).await.unwrap().expect("an open page").0;
    customer_page::free(service, &page, id, slot, None).await.unwrap();
    (first, bob)
}

on_both_databases! {
    async fn filters_and_pages_match_a_filter_in_memory(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        let (license, bob) = fill(&shop).await;
        let eve = seller(&shop.service, "eve").await;
        let stored = Stored::find_by_statement(sea_orm::Statement::from_string(
            sea_orm::ConnectionTrait::get_database_backend(&shop.raw),
            "SELECT * FROM audit_entries WHERE account_id = (SELECT id FROM accounts WHERE slug = 'ada') ORDER BY id DESC",
        ))
        .all(&shop.raw)
        .await
        .unwrap();
        assert!(stored.len() > 60, "more than a page");
        let service::Principal::Member { user, .. } = bob.principal else { panic!("a member") };
        let customer = stored.iter().find_map(|entry| entry.customer_id).unwrap();
        let today = shop.start.day();
        let actors = [None, Some(AuditActor::Principal(user.0)), Some(AuditActor::Apps), Some(AuditActor::Customers), Some(AuditActor::Operator), Some(AuditActor::Server)];
        let objects = [None, Some(AuditObject::License(license)), Some(AuditObject::Product(shop.seller.product.id)), Some(AuditObject::Customer(CustomerId(customer)))];
        let actions = [None, Some(AuditAction::Changes), Some(AuditAction::Event(Event::LicenseSuspended)), Some(AuditAction::Event(Event::ActivationDeleted))];
        let days = [(None, None), (Some(today), None), (None, Some(today - 1)), (Some(today - 3), Some(today + 1))];
        for actor in actors {
            for object in objects {
                for action in actions {
                    for (from_day, to_day) in days {
                        let query = AuditQuery { actor, object, action, from_day, to_day, before: None };
                        let expected: Vec<_> = stored.iter().filter(|entry| matches(entry, &query)).map(|entry| AuditEntryId(entry.id)).collect();
                        let found: Vec<_> = listed(&shop.service, &shop.seller.actor, &query).await.iter().map(|row| row.id).collect();
                        assert_eq!(found, expected, "{query:?}");
                        if object.is_some() {
                            assert!(listed(&shop.service, &eve.actor, &query).await.is_empty(), "{query:?}");
                        }
                    }
                }
            }
        }
        let own = listed(&shop.service, &eve.actor, &AuditQuery::default()).await;
        assert_eq!(own.len(), 3, "{own:?}");
    }

    async fn entries_have_actor_address_and_object(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        let (license, _) = fill(&shop).await;
        let of = |action| AuditQuery { action: Some(AuditAction::Event(action)), ..AuditQuery::default() };
        let page = list(&shop.service, &shop.seller.actor, &of(Event::LicenseSuspended)).await.unwrap();
        let row = &page.items[0];
        assert_eq!((row.actor.as_str(), row.actor_kind.as_str(), row.ip.as_deref()), ("bob", "member", Some("192.0.2.7")));
        assert_eq!(row.event, Some(Event::LicenseSuspended));
        let names: Vec<&str> = page.actors.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["ada", "bob"]);
        let page = list(&shop.service, &shop.seller.actor, &of(Event::ActivationCreated)).await.unwrap();
        assert_eq!(page.items[0].ip.as_deref(), Some("192.0.2.9"));
        assert_eq!(page.items[0].detail.as_deref(), Some("a.com"));
        let page = list(&shop.service, &shop.seller.actor, &of(Event::LicenseRenewed)).await.unwrap();
        let row = &page.items[0];
        assert_eq!(row.object, Some(AuditObject::License(license)));
        assert!(row.label.as_deref().is_some_and(|label| label.starts_with('…')), "{row:?}");
        assert_eq!(row.detail.as_deref(), Some("never → 2100-01-01"));
        let page = list(&shop.service, &shop.seller.actor, &of(Event::ProductCreated)).await.unwrap();
        assert_eq!(page.items[0].label.as_deref(), Some("ada plugin"));
        assert_eq!(page.items[0].object, Some(AuditObject::Product(ProductId(shop.seller.product.id.0))));
    }

    async fn export_has_all_entries_of_the_filter_and_is_recorded(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        for _ in 0..2 {
            let new = domain::license::NewLicense { count: 400, ..domain::license::NewLicense::for_product(shop.seller.product.id) };
            service::license::issue(&shop.service, &shop.seller.actor, new).await.unwrap();
        }
        let query = AuditQuery { action: Some(AuditAction::Event(Event::LicenseIssued)), ..AuditQuery::default() };
        let mut running = export(&shop.service, &shop.seller.actor, &query).await.unwrap();
        let mut ids = Vec::new();
        while let Some(batch) = running.next_batch().await.unwrap() {
            ids.extend(batch.iter().map(|row| row.id));
        }
        assert_eq!(ids.len(), 800);
        assert!(ids.is_sorted_by(|a, b| a > b));
        let recorded = AuditQuery { action: Some(AuditAction::Event(Event::AuditLogExported)), ..AuditQuery::default() };
        assert_eq!(listed(&shop.service, &shop.seller.actor, &recorded).await.len(), 1);
    }
}
