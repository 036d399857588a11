//! Filters of the lists of products, templates and trial policies: each is compared with an evaluation of all rows
//! in memory.

use domain::Timestamp;
use domain::bounded_text::{BoundedText, Name};
use domain::filter::{FieldKind, FilterField, Folding, ListRequest};
use domain::license::GivenPair;
use domain::machine::Seconds;
use service::license_template::{self, TemplateChange};
use service::product::{self, ProductTerms};
use service::trial_policy::{self, TrialPolicyChange};
use service::{Clock, new_id};
use uuid::Uuid;

use crate::agreement::{Memory, Row, SortKey, whole};
use test_support::{on_both_databases, seller};

static FIELDS: [FilterField; 4] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::text("name"),
];
static PRODUCT_FIELDS: [FilterField; 7] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::text("name"),
    FilterField::text("displayName"),
    FilterField::new("metadata.key", FieldKind::PairKey(Folding::Ascii)),
    FilterField::new("metadata.value", FieldKind::PairValue(Folding::Ascii)),
];
static SORTS: [&str; 3] = ["createdAt", "updatedAt", "name"];

/// Names that differ in case, accents, and characters of patterns.
const NAMES: [&str; 9] =
    ["Trial 14", "trial_30", "Long 100%", "Önline trial", "önline 2", "Beta", "BETA 2", "a b", "a!b\\c"];

/// A row with a name, by whose lower case it is ordered.
fn named(id: Uuid, created_at: Timestamp, updated_at: Timestamp, name: &str) -> Row {
    Row::new(id)
        .time("createdAt", Some(created_at))
        .time("updatedAt", Some(updated_at))
        .text("name", name)
        .ordered("name", SortKey::Text(name.to_ascii_lowercase()))
}

on_both_databases! {
    async fn every_filter_of_templates_agrees_with_memory(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_day(20_000));
        let service = db.open_at(clock.clone()).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        for (n, name) in NAMES.into_iter().enumerate() {
            // Two of a day, so that ids decide.
            clock.set(Timestamp::from_day(20_000 + i32::try_from(n / 2).unwrap()));
            let new = TemplateChange { name: BoundedText::parse("name", name).ok(), ..TemplateChange::default() };
            for seller in [&ada, &eve] {
                license_template::create(&service, &seller.actor, new.clone()).await.unwrap();
            }
        }
        let all = license_template::list(&service, &ada.actor, &whole(Vec::new())).await.unwrap().items;
        assert_eq!(all.len(), NAMES.len() + 1, "also that of the product");
        let row = |record: &license_template::TemplateRecord| {
            named(record.id.0, record.created_at, record.updated_at, &record.name)
        };
        let list = async |request: ListRequest| {
            license_template::list(&service, &ada.actor, &request).await.unwrap().map(|record| record.id.0)
        };
        let others = license_template::list(&service, &eve.actor, &whole(Vec::new())).await.unwrap().items;
        let memory = Memory::new(&FIELDS, &SORTS, all.iter().map(row).collect());
        memory.assert_agrees(80, &list).await;
        memory.assert_found_by_id(&[others[0].id.0, new_id()], &list).await;
    }

    async fn every_filter_of_policies_agrees_with_memory(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_day(20_000));
        let service = db.open_at(clock.clone()).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        for (n, name) in NAMES.into_iter().enumerate() {
            clock.set(Timestamp::from_day(20_000 + i32::try_from(n / 2).unwrap()));
            let new = TrialPolicyChange {
                name: BoundedText::parse("name", name).ok(),
                length: Some(Seconds::new(86_400)),
                ..TrialPolicyChange::default()
            };
            for seller in [&ada, &eve] {
                trial_policy::create(&service, &seller.actor, &new).await.unwrap();
            }
        }
        let all = trial_policy::list(&service, &ada.actor, &whole(Vec::new())).await.unwrap().items;
        assert_eq!(all.len(), NAMES.len());
        let row = |record: &trial_policy::TrialPolicyRecord| {
            named(record.id.0, record.created_at, record.updated_at, &record.name)
        };
        let list = async |request: ListRequest| {
            trial_policy::list(&service, &ada.actor, &request).await.unwrap().map(|record| record.id.0)
        };
        let others = trial_policy::list(&service, &eve.actor, &whole(Vec::new())).await.unwrap().items;
        let memory = Memory::new(&FIELDS, &SORTS, all.iter().map(row).collect());
        memory.assert_agrees(80, &list).await;
        memory.assert_found_by_id(&[others[0].id.0, new_id()], &list).await;
        for (search, found) in [("tri", 3), ("%", 0), ("b", 3)] {
            let request = ListRequest { search: Some(search.to_owned()), ..whole(Vec::new()) };
            let page = trial_policy::list(&service, &ada.actor, &request).await.unwrap();
            assert_eq!(page.items.len(), found, "{search}");
        }
        let request = ListRequest { after: Some(new_id()), ..whole(Vec::new()) };
        assert!(trial_policy::list(&service, &ada.actor, &request).await.is_err());
    }

    async fn every_filter_of_products_agrees_with_memory(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_day(20_000));
        let service = db.open_at(clock.clone()).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let pair = |key: &str, value: &str| GivenPair { key: key.into(), value: Some(value.into()), visibility: None };
        for (n, name) in NAMES.into_iter().enumerate() {
            clock.set(Timestamp::from_day(20_000 + i32::try_from(n / 2).unwrap()));
            let metadata = match n % 3 {
                0 => vec![pair("order", "1"), pair("Plan", "Ä 100%")],
                1 => vec![pair("Order", "2"), pair("plan", "ä \"q\" \\")],
                _ => Vec::new(),
            };
            let new = ProductTerms {
                name: Name::parse("name", name).ok(),
                display_name: (n % 2 == 0).then(|| format!("Für {name}")),
                metadata,
                ..ProductTerms::default()
            };
            product::create_by_program(&service, &ada.actor, &new).await.unwrap().unwrap();
        }
        let new = ProductTerms { name: Name::parse("name", "Beta").ok(), ..ProductTerms::default() };
        product::create_by_program(&service, &eve.actor, &new).await.unwrap().unwrap();
        let all = product::list_records(&service, &ada.actor, &whole(Vec::new())).await.unwrap().items;
        assert_eq!(all.len(), NAMES.len() + 1);
        let rows = all.iter().map(|record| {
            let row = named(record.id.0, record.created_at, record.updated_at, &record.name)
                .text("displayName", record.display_name.clone());
            record.metadata.iter().fold(row, |row, pair| row.pair(&pair.key, &pair.value))
        });
        let list = async |request: ListRequest| {
            product::list_records(&service, &ada.actor, &request).await.unwrap().map(|record| record.id.0)
        };
        let memory = Memory::new(&PRODUCT_FIELDS, &SORTS, rows.collect());
        memory.assert_agrees(100, &list).await;
        memory.assert_found_by_id(&[eve.product.id.0, new_id()], &list).await;
    }
}
