//! Property: a list has the rows that meet its filters in memory, in its order, whatever index found them.

use domain::filter::{FieldKind, FilterField, Folding, ListRequest};
use domain::organization::OrganizationInput;
use domain::permission::Role;
use service::customer::{self, CustomerRecord, NewCustomer};
use service::member::MemberRecord;
use service::organization::{self, NewOrganization, OrganizationRecord};
use service::tag::{self, TagRecord};
use service::{Error, member};

use super::{create, create_organization, create_tag, fields, named, tags};
use crate::agreement::{Memory, Row, SortKey, WHOLE, whole};
use test_support::{on_both_databases, person, seller};

static FIELDS: [FilterField; 11] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::new("email", FieldKind::Email),
    FilterField::in_any_case("name"),
    FilterField::in_any_case("company"),
    FilterField::in_any_case("role"),
    FilterField::in_any_case("tag"),
    FilterField::id("organizationId"),
    FilterField::new("metadata.key", FieldKind::PairKey(Folding::Lower)),
    FilterField::new("metadata.value", FieldKind::PairValue(Folding::Lower)),
];
static SORTS: [&str; 4] = ["createdAt", "updatedAt", "name", "email"];

static NAMED_FIELDS: [FilterField; 4] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::in_any_case("name"),
];
static ORGANIZATION_FIELDS: [FilterField; 5] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::in_any_case("name"),
    FilterField::new("email", FieldKind::Email),
];
static NAMED_SORTS: [&str; 3] = ["createdAt", "updatedAt", "name"];

static MEMBER_FIELDS: [FilterField; 5] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::new("email", FieldKind::Email),
    FilterField::in_any_case("name"),
    FilterField::in_any_case("role"),
];

/// Names that differ in case, accents, and characters of patterns.
const NAMES: [&str; 9] =
    ["Initech", "Initrode", "acme", "ACME 2", "Önline", "önline 2", "100 %", "a_b", "a!b\\c"];

fn customer_row(record: &CustomerRecord) -> Row {
    let name = record.name.joined();
    let email = record.email.clone().unwrap_or_default();
    let row = Row::new(record.id.0)
        .time("createdAt", Some(record.created_at))
        .time("updatedAt", Some(record.updated_at))
        .text("email", email.clone())
        .ordered("email", SortKey::Text(email))
        .text("name", name.clone())
        .ordered("name", SortKey::Text(name))
        .text("company", record.company.clone())
        .text("role", record.role.as_str())
        .texts("tag", record.tags.clone())
        .ids("organizationId", record.organization.iter().map(|found| found.id.0));
    record.metadata.iter().fold(row, |row, field| row.pair(&field.key, &field.value))
}

fn organization_row(record: &OrganizationRecord) -> Row {
    let name = record.organization.name.to_string();
    Row::new(record.id.0)
        .time("createdAt", Some(record.created_at))
        .time("updatedAt", Some(record.updated_at))
        .text("name", name.clone())
        .ordered("name", SortKey::Text(name))
        .text("email", record.organization.email.clone())
}

fn tag_row(record: &TagRecord) -> Row {
    Row::new(record.id.0)
        .time("createdAt", Some(record.created_at))
        .time("updatedAt", Some(record.updated_at))
        .text("name", record.name.clone())
        .ordered("name", SortKey::Text(record.name.clone()))
}

fn member_row(record: &MemberRecord) -> Row {
    Row::new(record.id.0)
        .time("createdAt", Some(record.created_at))
        .text("email", record.email.clone())
        .ordered("email", SortKey::Text(record.email.clone()))
        .text("name", record.name.joined())
        .ordered("name", SortKey::Text(record.name.joined()))
        .text("role", record.role.as_str())
}

on_both_databases! {
    async fn lists_and_exports_have_the_customers_that_meet_the_filters(db: TestDatabase) {
        let service = db.open().await;
        let (seller, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let organizations = [
            create_organization(&service, &seller, "Initech").await,
            create_organization(&service, &seller, "Initrode").await,
        ];
        for (n, (first, last, company, list, pairs)) in [
            ("Bea", "Buyer", "Initech", "vip,beta", [("order", "1"), ("plan", "2")]),
            ("BEA", "BUYER", "initech", "VIP", [("Order", "2"), ("plan", "1")]),
            ("Grace", "", "", "", [("order", "SO-1%"), ("note", "_")]),
            ("Ünal", "Öz", "100 %", "beta", [("plan", "2"), ("x", "")]),
            ("ünal", "Öz", "100 % Ö", "Beta 2", [("Plan", "ÜBER"), ("x", "über")]),
            ("a_b", "o", "Buyer", "", [("order", "1"), ("y", "1")]),
            ("a!b", "o\\", "!", "ä", [("ORDER", "so-1%"), ("Ä", "1")]),
            ("Z", "", "Z", "Ä,vip", [("ä", "2"), ("y", "a!b")]),
            ("Anne-Marie", "O’Brien", "O'Brien & Sons", "beta", [("order", "1"), ("y", "ä")]),
        ].into_iter().enumerate() {
            let new = NewCustomer {
                company: company.to_owned(),
                organization: organizations.get(n % 3).copied(),
                tags: tags(list),
                metadata: fields(&pairs),
                ..named(first, last, &format!("User{n}+shop_{n}@x{}.example", n % 3))
            };
            create(&service, &seller, new).await;
        }
        create(&service, &eve, NewCustomer { tags: tags("vip,beta"), ..named("Bea", "Buyer", "eve@x1.example") }).await;
        let all = customer::list_records(&service, &seller.actor, &whole(Vec::new())).await.unwrap().items;
        assert_eq!(all.len(), 9);
        let list = async |request: ListRequest| {
            let page = customer::list_records(&service, &seller.actor, &request).await.unwrap();
            let page = page.map(|row| row.id.0);
            if request.limit == WHOLE {
                let message = format!("{:?}", request.filters);
                let mut export = customer::export_records(&service, &seller.actor, request).await.unwrap();
                let mut exported = Vec::new();
                while let Some(batch) = export.next_batch().await.unwrap() {
                    exported.extend(batch.into_iter().map(|row| row.id.0));
                }
                exported.sort_unstable();
                let mut listed = page.items.clone();
                listed.sort_unstable();
                assert_eq!(exported, listed, "{message}");
            }
            page
        };
        Memory::new(&FIELDS, &SORTS, all.iter().map(customer_row).collect()).assert_agrees(250, &list).await;
    }

    async fn organizations_tags_and_members_agree_with_memory(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        for (n, name) in NAMES.into_iter().enumerate() {
            let email = if n % 2 == 0 { format!("a+{n}@x{}.example", n % 4) } else { String::new() };
            let new = OrganizationInput { name: name.to_owned(), email, ..OrganizationInput::default() };
            let new = NewOrganization::from(new.parse().unwrap());
            organization::create(&service, &ada.actor, new).await.unwrap();
            create_tag(&service, &ada, name).await;
        }
        create_organization(&service, &eve, "Initech").await;
        create_tag(&service, &eve, "Initech").await;
        for (name, role) in [("bob", Role::Viewer), ("cleo", Role::Admin), ("dan", Role::Viewer), ("edda", Role::Admin)] {
            person(&service, name, "ada", role).await;
        }
        let all = whole(Vec::new());
        let rows = organization::list(&service, &ada.actor, &all).await.unwrap().items;
        assert_eq!(rows.len(), NAMES.len());
        let list = async |request: ListRequest| {
            organization::list(&service, &ada.actor, &request).await.unwrap().map(|row| row.id.0)
        };
        let memory = Memory::new(&ORGANIZATION_FIELDS, &NAMED_SORTS, rows.iter().map(organization_row).collect());
        memory.assert_agrees(80, &list).await;
        memory.assert_found_by_id(&[service::new_id()], &list).await;
        let rows = tag::list(&service, &ada.actor, &all).await.unwrap().items;
        assert_eq!(rows.len(), NAMES.len());
        let list = async |request: ListRequest| {
            tag::list(&service, &ada.actor, &request).await.unwrap().map(|row| row.id.0)
        };
        let memory = Memory::new(&NAMED_FIELDS, &NAMED_SORTS, rows.iter().map(tag_row).collect());
        memory.assert_agrees(80, &list).await;
        memory.assert_found_by_id(&[service::new_id()], &list).await;
        let rows = member::list_records(&service, &ada.actor, &all).await.unwrap().items;
        assert_eq!(rows.len(), 5);
        let list = async |request: ListRequest| {
            member::list_records(&service, &ada.actor, &request).await.unwrap().map(|row| row.id.0)
        };
        let memory = Memory::new(&MEMBER_FIELDS, &["createdAt", "name", "email"], rows.iter().map(member_row).collect());
        memory.assert_agrees(50, &list).await;
    }

    async fn a_page_behind_the_end_is_empty_and_after_names_a_row(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        create(&service, &seller, named("Bea", "", "bea@x.example")).await;
        let past = ListRequest { page: 9, ..whole(Vec::new()) };
        assert!(customer::list_records(&service, &seller.actor, &past).await.unwrap().items.is_empty());
        let unknown = ListRequest { after: Some(service::new_id()), ..whole(Vec::new()) };
        let refused = customer::list_records(&service, &seller.actor, &unknown).await;
        assert!(matches!(refused, Err(Error::Invalid(faults)) if faults[0].field == "after"));
        let refused = member::list_records(&service, &seller.actor, &unknown).await;
        assert!(matches!(refused, Err(Error::Invalid(faults)) if faults[0].field == "after"));
    }

    async fn searches_find_words_and_ids(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let bea = create(&service, &seller, NewCustomer { company: "Initech Works".into(), ..named("Bea", "O’Brien", "bea@acme.example") }).await;
        create(&service, &seller, named("Grace", "", "grace@navy.example")).await;
        let id = bea.id.to_string();
        for (search, is_found) in [("obri BEA", true), ("works", true), ("acme.ex", true), (id.as_str(), true), ("bea grace", false), ("orks", false)] {
            let searched = ListRequest { search: Some(search.to_owned()), ..whole(Vec::new()) };
            let found = customer::list_records(&service, &seller.actor, &searched).await.unwrap().items;
            assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), if is_found { vec![bea.id] } else { vec![] }, "{search}");
        }
    }
}
