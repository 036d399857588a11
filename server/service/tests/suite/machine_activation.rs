//! Machines and domains of licenses, as sellers' systems list and release them.

use std::collections::HashMap;

use domain::filter::{
    FieldKind, Filter, FilterField, Folding, ListRequest, ListSort, Operator, parse_filter,
};
use domain::license::{Limit, NewLicense};
use domain::machine::{MachineRules, MetadataEntry};
use domain::view::ProductView;
use domain::{ActivationId, DomainName, Email, LicenseId, LicenseKey, Timestamp};
use service::domain_activation::{self, DomainOrId};
use service::machine::{self, ActivationOutcome, ActivationRequest};
use service::machine_activation::{self, ActivationRecord, Included};
use service::{Actor, Clock, Error, Principal, Service, activation, consistency_check, license, product};

use crate::agreement::{Memory, Row, SortKey, WHOLE, whole};
use crate::machine::support::{request as machine_request, set_rules};
use crate::people::create_organization;
use test_support::{Seller, host, on_both_databases, seller};

static FIELDS: [FilterField; 15] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::time("lastSyncedAt"),
    FilterField::id("productId"),
    FilterField::id("licenseId"),
    FilterField::id("userId"),
    FilterField::in_any_case("os"),
    FilterField::in_any_case("appVersion"),
    FilterField::in_any_case("hostname"),
    FilterField::in_any_case("location.countryCode"),
    FilterField::new("metadata.key", FieldKind::PairKey(Folding::Lower)),
    FilterField::new("metadata.value", FieldKind::PairValue(Folding::Lower)),
    FilterField::id("organizationId"),
    FilterField::new("license.key", FieldKind::Key),
];
static SORTS: [&str; 3] = ["createdAt", "updatedAt", "lastSyncedAt"];
static KEY: FilterField = FilterField::new("license.key", FieldKind::Key);
static ORGANIZATION: FilterField = FilterField::id("organizationId");

/// A record as the filters see it, with the key of its license.
fn row(record: &ActivationRecord, keys: &HashMap<LicenseId, LicenseKey>) -> Row {
    let synced = record.last_synced_at.unwrap_or(record.created_at);
    let row = Row::new(record.id.0)
        .time("createdAt", Some(record.created_at))
        .time("updatedAt", Some(synced))
        .time("lastSyncedAt", record.last_synced_at)
        .ordered("lastSyncedAt", SortKey::Number(synced.millis()))
        .ids("productId", [record.product.0])
        .ids("licenseId", [record.license.0])
        .ids("userId", record.customer.map(|id| id.0))
        .ids("organizationId", record.organization.iter().map(|found| found.id.0))
        .text("license.key", keys[&record.license].expose())
        .text("os", record.os.clone())
        .text("appVersion", record.app_version.clone())
        .text("hostname", record.hostname.clone())
        .text("location.countryCode", "");
    record.metadata.iter().fold(row, |row, entry| row.pair(&entry.key, &entry.value))
}

/// A request for the first 100 rows that meet the filters.
pub fn list_request(filters: Vec<Filter>) -> ListRequest {
    whole(filters)
}

/// A filter of one value.
pub fn filter(field: &'static FilterField, operator: Operator, text: &str) -> Vec<Filter> {
    parse_filter(field, operator, [text]).unwrap().into_iter().collect()
}

async fn issue(service: &Service, seller: &Seller, email: Option<&str>) -> (LicenseId, LicenseKey) {
    let new = NewLicense {
        machine_limit: Some(Limit::new(50)),
        domain_limit: Some(Limit::new(50)),
        customer_email: email.map(|email| Email::parse(email).unwrap()),
        ..NewLicense::for_product(seller.product.id)
    };
    let issued = license::issue(service, &seller.actor, new).await.unwrap().pop().unwrap();
    (issued.id, issued.key)
}

async fn activate(service: &Service, request: ActivationRequest) {
    let outcome = machine::activate(service, request, Some("192.0.2.7".to_owned())).await.unwrap();
    assert!(matches!(outcome, ActivationOutcome::Token(_)), "{outcome:?}");
}

fn on(seller: &Seller, key: &LicenseKey, name: &str, os: &str, room: &str) -> ActivationRequest {
    let mut request = machine_request(seller, key, name);
    name.clone_into(&mut request.machine.hostname);
    os.clone_into(&mut request.machine.os);
    request.machine.app_version = format!("1.{}", name.len());
    request.machine.metadata = vec![MetadataEntry { key: "room".into(), value: room.into() }];
    request
}

async fn all(service: &Service, actor: &Actor) -> Vec<ActivationRecord> {
    let request = list_request(Vec::new());
    machine_activation::list(service, actor, &request, Included::default()).await.unwrap().items
}

fn ids(records: &[ActivationRecord]) -> Vec<ActivationId> {
    records.iter().map(|record| record.id).collect()
}

/// A seller with two licenses and six machines, made one second after each other.
async fn machines(service: &Service, clock: &Clock, seller: &Seller) -> [(LicenseId, LicenseKey); 2] {
    let licenses = [issue(service, seller, Some("bea@x.example")).await, issue(service, seller, None).await];
    for (n, (license, name, os, room)) in [
        (0, "lab-1", "linux", "12"),
        (0, "LAB-22", "windows", "12"),
        (1, "büro", "Linux", "7"),
        (1, "a", "macos", ""),
        (0, "lab", "linux", "7%"),
        (1, "c_c", "android", "_"),
    ]
    .into_iter()
    .enumerate()
    {
        clock.set(Timestamp::from_millis(1_000_000 + i64::try_from(n).unwrap() * 1000));
        activate(service, on(seller, &licenses[license].1, name, os, room)).await;
    }
    clock.set(Timestamp::from_millis(2_000_000));
    activate(service, on(seller, &licenses[0].1, "lab-1", "linux", "13")).await;
    licenses
}

async fn shown(service: &Service, seller: &Seller) -> ProductView {
    product::show(service, &seller.actor, seller.product.id).await.unwrap()
}

on_both_databases! {
    async fn lists_and_exports_have_the_machines_that_meet_the_filters(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let [(license, key), (other, other_key)] = machines(&service, &clock, &ada).await;
        let (third, third_key) = issue(&service, &ada, Some("cleo@x.example")).await;
        for (name, os, room) in [("Büro 2", "LINUX", "Ä 7"), ("a!b", "macos", "!"), ("lab-1", "linux", "ä 7")] {
            activate(&service, on(&ada, &third_key, name, os, room)).await;
        }
        let initech = create_organization(&service, &ada, "Initech").await;
        let groups = license::LicenseGroups { organization: Some(Some(initech)), ..license::LicenseGroups::default() };
        license::set_groups(&service, &ada.actor, other, groups).await.unwrap();
        // Domains are in a list of their own.
        activation::activate(&service, &key, &host("a.example.com"), None).await.unwrap();
        let (_, of_eve) = issue(&service, &eve, None).await;
        activate(&service, on(&eve, &of_eve, "lab-1", "linux", "12")).await;
        let both = Included { user: true, organization: true };
        let all = machine_activation::list(&service, &ada.actor, &whole(Vec::new()), both).await.unwrap().items;
        assert_eq!(all.len(), 9);
        let keys = HashMap::from([(license, key), (other, other_key), (third, third_key)]);
        let rows = all.iter().map(|record| row(record, &keys)).collect();
        let list = async |request: ListRequest| {
            let page = machine_activation::list(&service, &ada.actor, &request, Included::default()).await.unwrap();
            let page = page.map(|record| record.id.0);
            if request.limit == WHOLE {
                let message = format!("{:?}", request.filters);
                let mut export = machine_activation::export(&service, &ada.actor, request).await.unwrap();
                let mut exported = Vec::new();
                while let Some(batch) = export.next_batch().await.unwrap() {
                    exported.extend(batch.into_iter().map(|record| record.id.0));
                }
                exported.sort_unstable();
                let mut listed = page.items.clone();
                listed.sort_unstable();
                assert_eq!(exported, listed, "{message}");
            }
            page
        };
        Memory::new(&FIELDS, &SORTS, rows).assert_agrees(250, &list).await;
    }

    async fn keys_and_organizations_name_the_machines_of_a_license(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let [(license, key), _] = machines(&service, &clock, &ada).await;
        let initech = create_organization(&service, &ada, "Initech").await;
        let groups = license::LicenseGroups { organization: Some(Some(initech)), ..license::LicenseGroups::default() };
        license::set_groups(&service, &ada.actor, license, groups).await.unwrap();
        let count = async |actor: &Actor, filters: Vec<Filter>| {
            machine_activation::list(&service, actor, &list_request(filters), Included::default()).await.unwrap().items.len()
        };
        let text = key.expose();
        let end = key.last_four();
        for (operator, value, expected) in [
            (Operator::Equal, text, 3), (Operator::NotEqual, text, 3), (Operator::In, text, 3), (Operator::NotIn, text, 3),
            (Operator::EndsWith, end.as_str(), 3), (Operator::Equal, "XXXX-XXXX-XXXX", 0), (Operator::In, "", 0),
        ] {
            assert_eq!(count(&ada.actor, filter(&KEY, operator, value)).await, expected, "{operator:?} {value}");
        }
        let lower = text.to_lowercase();
        assert_eq!(count(&ada.actor, filter(&KEY, Operator::Equal, &lower)).await, 3);
        assert_eq!(count(&eve.actor, filter(&KEY, Operator::Equal, text)).await, 0, "a key of another seller");
        let of_initech = || filter(&ORGANIZATION, Operator::Equal, &initech.to_string());
        assert_eq!(count(&ada.actor, of_initech()).await, 3);
        assert_eq!(count(&eve.actor, of_initech()).await, 0);
        let both = Included { user: true, organization: true };
        let page = machine_activation::list(&service, &ada.actor, &list_request(of_initech()), both).await.unwrap();
        let first = &page.items[0];
        assert_eq!(first.user.as_ref().and_then(|user| user.email.as_deref()), Some("bea@x.example"));
        assert_eq!(first.organization.as_ref().map(|found| found.id), Some(initech));
        assert_eq!((first.ip.as_str(), first.is_container, first.is_offline), ("192.0.2.7", false, false));
        // A customer sees the own machines alone.
        let own = Actor { account: ada.account, principal: Principal::Customer { customer: first.customer, ip: None } };
        let found = machine_activation::list_own(&service, &own, &list_request(Vec::new())).await.unwrap().items;
        assert_eq!(ids(&found), ids(&page.items));
        let refused = machine_activation::list_own(&service, &ada.actor, &list_request(Vec::new())).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
    }

    async fn every_order_is_read_to_its_end_by_pages_and_by_rows(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let [(license, _), _] = machines(&service, &clock, &ada).await;
        for (field, filters) in [
            ("createdAt", Vec::new()), ("updatedAt", Vec::new()), ("lastSyncedAt", Vec::new()),
            ("lastSyncedAt", filter(&FIELDS[5], Operator::Equal, &license.to_string())),
            ("createdAt", filter(&FIELDS[5], Operator::Equal, &license.to_string())),
        ] {
            for descending in [false, true] {
                let whole = ListRequest { sort: ListSort { field, descending }, ..list_request(filters.clone()) };
                let list = async |request: &ListRequest| {
                    machine_activation::list(&service, &ada.actor, request, Included::default()).await.unwrap()
                };
                let rows = list(&whole).await.items;
                assert_eq!(rows.len(), if filters.is_empty() { 6 } else { 3 });
                let last = if field == "createdAt" || descending { rows.first() } else { rows.last() };
                assert_eq!(last.map(|row| row.hostname == "lab-1"), Some(field != "createdAt" || !descending), "{field}");
                let (mut by_rows, mut after) = (Vec::new(), None);
                for page in 1..=3 {
                    let by_page = list(&ListRequest { page, limit: 2, ..whole.clone() }).await.items;
                    let next = list(&ListRequest { limit: 2, after, ..whole.clone() }).await;
                    if !next.items.is_empty() {
                        assert_eq!(by_page, next.items, "{field} {descending}");
                        after = next.items.last().map(|row| row.id.0);
                    }
                    by_rows.extend(next.items);
                    if !next.has_more {
                        break;
                    }
                }
                assert_eq!(by_rows, rows, "{field} {descending}");
            }
        }
    }

    async fn a_seller_frees_machines_without_counting_them(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        // No machine may deactivate itself.
        let rules = MachineRules { deactivations: Limit::new(0), ..MachineRules::default() };
        set_rules(&service, &ada, rules, "").await;
        let [(license, key), (other, _)] = machines(&service, &clock, &ada).await;
        activation::activate(&service, &key, &host("a.example.com"), None).await.unwrap();
        let rows = all(&service, &ada.actor).await;
        let crossed = machine_activation::free(&service, &eve.actor, rows[0].id).await;
        assert!(matches!(crossed, Err(Error::NotFound)));
        machine_activation::free(&service, &ada.actor, rows[1].id).await.unwrap();
        let again = machine_activation::free(&service, &ada.actor, rows[1].id).await;
        assert!(matches!(again, Err(Error::NotFound)));
        // Two machines of the first license are left, of which one has synced later.
        let before = filter(&FIELDS[3], Operator::Less, "1970-01-01T00:33:20Z");
        assert_eq!(machine_activation::free_matching(&service, &ada.actor, license, &before).await.unwrap(), 1);
        let left = all(&service, &ada.actor).await;
        assert_eq!(left.iter().filter(|row| row.license == license).map(|row| row.hostname.as_str()).collect::<Vec<_>>(), ["lab-1"]);
        let record = license::show_record(&service, &ada.actor, license).await.unwrap();
        assert_eq!((record.machines_used, record.deactivations, record.domains_used), (1, 0, 1));
        assert_eq!(machine_activation::free_matching(&service, &ada.actor, other, &[]).await.unwrap(), 3);
        assert_eq!(license::show_record(&service, &ada.actor, other).await.unwrap().machines_used, 0);
        assert_eq!(consistency_check::check(&service).await.unwrap(), []);
    }

    async fn more_machines_than_one_transaction_takes_are_freed(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let new = NewLicense { machine_limit: Some(Limit::new(500)), ..NewLicense::for_product(ada.product.id) };
        let issued = license::issue(&service, &ada.actor, new).await.unwrap().pop().unwrap();
        for n in 0..205 {
            activate(&service, on(&ada, &issued.key, &format!("m{n}"), "linux", "")).await;
        }
        let kept = filter(&FIELDS[1], Operator::Greater, "2099-01-01");
        assert_eq!(machine_activation::free_matching(&service, &ada.actor, issued.id, &kept).await.unwrap(), 0);
        assert_eq!(machine_activation::free_matching(&service, &ada.actor, issued.id, &[]).await.unwrap(), 205);
        assert_eq!(all(&service, &ada.actor).await, []);
        assert_eq!(consistency_check::check(&service).await.unwrap(), []);
    }

    async fn one_of_many_requests_frees_a_machine(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let ada = seller(&services[0], "ada").await;
        let (license, key) = issue(&services[0], &ada, None).await;
        activate(&services[0], on(&ada, &key, "lab", "linux", "")).await;
        let id = all(&services[0], &ada.actor).await[0].id;
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let (service, actor) = (services[n % 2].clone(), ada.actor.clone());
                tokio::spawn(async move { machine_activation::free(&service, &actor, id).await.is_ok() })
            })
            .collect();
        let mut freed = 0;
        for task in tasks {
            freed += usize::from(task.await.unwrap());
        }
        assert_eq!(freed, 1);
        assert_eq!(license::show_record(&services[0], &ada.actor, license).await.unwrap().machines_used, 0);
        assert_eq!(consistency_check::check(&services[0]).await.unwrap(), []);
    }

    async fn domains_of_a_license_are_listed_and_freed(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, key) = issue(&service, &ada, None).await;
        activate(&service, on(&ada, &key, "lab", "linux", "")).await;
        for name in ["a.example.com", "b.example.com", "c.example.com"] {
            activation::activate(&service, &key, &host(name), None).await.unwrap();
        }
        let request = list_request(Vec::new());
        let list = async || domain_activation::list(&service, &ada.actor, id, &request).await.unwrap().items;
        let rows = list().await;
        let names: Vec<_> = rows.iter().map(|row| row.domain.as_str()).collect();
        assert_eq!(names, ["a.example.com", "b.example.com", "c.example.com"]);
        assert_eq!((rows[0].license, rows[0].product, rows[0].verifications), (id, ada.product.id, 0));
        let next = ListRequest { limit: 1, after: Some(rows[0].id.0), ..request.clone() };
        let next = domain_activation::list(&service, &ada.actor, id, &next).await.unwrap();
        assert_eq!((next.items.len(), next.items[0].domain.as_str(), next.has_more), (1, "b.example.com", true));
        let crossed = domain_activation::list(&service, &eve.actor, id, &request).await;
        assert!(matches!(crossed, Err(Error::NotFound)));
        let by_name = DomainOrId::parse("https://B.example.com/").unwrap();
        assert_eq!(by_name, DomainOrId::Domain(DomainName::parse("b.example.com").unwrap()));
        domain_activation::free(&service, &ada.actor, id, &by_name).await.unwrap();
        let by_id = DomainOrId::parse(&rows[2].id.to_string()).unwrap();
        domain_activation::free(&service, &ada.actor, id, &by_id).await.unwrap();
        let again = domain_activation::free(&service, &ada.actor, id, &by_id).await;
        assert!(matches!(again, Err(Error::NotFound)));
        let machine = DomainOrId::Id(all(&service, &ada.actor).await[0].id);
        let crossed = domain_activation::free(&service, &ada.actor, id, &machine).await;
        assert!(matches!(crossed, Err(Error::NotFound)), "a machine is no domain");
        assert_eq!(list().await.len(), 1);
        assert_eq!(license::show_record(&service, &ada.actor, id).await.unwrap().domains_used, 1);
        assert_eq!(shown(&service, &ada).await.licenses, 1);
    }
}
