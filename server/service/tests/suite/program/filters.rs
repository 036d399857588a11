//! Filters of the list of licenses: each is compared with an evaluation of all licenses in memory.

use domain::bounded_text::{BoundedText, Name, Notes};
use domain::filter::{
    FieldKind, Filter, FilterField, Folding, ListRequest, ListSort, Operator, parse_filter,
};
use domain::license::{GivenPair, Limit, State};
use domain::license_rules::{ExpiryStart, LicenseKind, RuleOverrides};
use domain::{LicenseKey, Timestamp};
use service::activation::activate;
use service::domain_activation;
use service::license::record::LicenseRecord;
use service::license::{NewTerms, list_records, show_records};
use service::license_template::{self, TemplateChange};
use service::product::{self, ProductTerms};

use super::made;
use crate::agreement::{Memory, Row, SortKey, whole};
use crate::people;
use test_support::{Seller, host, on_both_databases, seller};

static PRODUCT: FilterField = FilterField::id("productId");
static KEY: FilterField = FilterField::new("key", FieldKind::Key);
static MACHINES: FilterField = FilterField::integer("allowedActivations");

static FIELDS: [FilterField; 32] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::id("productId"),
    FilterField::id("licenseTemplateId"),
    FilterField::id("userId"),
    FilterField::id("organizationId"),
    FilterField::in_any_case("organization.name"),
    FilterField::new("user.email", FieldKind::Email),
    FilterField::text("user.company"),
    FilterField::new("key", FieldKind::Key),
    FilterField::boolean("suspended"),
    FilterField::boolean("revoked"),
    FilterField::new("type", FieldKind::Enumeration(&["node-locked", "hosted-floating"])),
    FilterField::integer("validity"),
    FilterField::new("subscriptionInterval", FieldKind::Period),
    FilterField::new("expirationStrategy", FieldKind::Enumeration(&["immediate", "delayed", "rolling"])),
    FilterField::integer("allowedActivations"),
    FilterField::integer("allowedDomains"),
    FilterField::integer("allowedDeactivations"),
    FilterField::integer("totalActivations"),
    FilterField::boolean("allowVmActivation"),
    FilterField::text("notes"),
    FilterField::in_any_case("tags"),
    FilterField::time("expiresAt"),
    FilterField::boolean("expired"),
    FilterField::boolean("perpetual"),
    FilterField::time("activatedAt"),
    FilterField::time("lastUsedAt"),
    FilterField::text("domain"),
    FilterField::new("metadata.key", FieldKind::PairKey(Folding::Ascii)),
    FilterField::new("metadata.value", FieldKind::PairValue(Folding::Ascii)),
];
static SORTS: [&str; 4] = ["createdAt", "updatedAt", "expiresAt", "lastUsedAt"];

/// A license as the filters see it, with its domains.
fn row(record: &LicenseRecord, domains: Vec<String>, now: Timestamp) -> Row {
    let interval = record.rules.expiry.interval;
    let (customer, organization) = (record.customer.as_ref(), record.organization.as_ref());
    let or = |at: Option<Timestamp>, missing: i64| SortKey::Number(at.map_or(missing, Timestamp::millis));
    let row = Row::new(record.id.0)
        .time("createdAt", Some(record.created_at))
        .time("updatedAt", Some(record.updated_at))
        .ids("productId", [record.product.0])
        .ids("licenseTemplateId", [record.template.0])
        .ids("userId", customer.map(|customer| customer.id.0))
        .ids("organizationId", organization.map(|organization| organization.id.0))
        .texts(
            "organization.name",
            organization.map(|organization| organization.organization.name.to_string()),
        )
        .texts("user.email", customer.and_then(|customer| customer.email.clone()))
        .texts("user.company", customer.map(|customer| customer.company.clone()))
        .text("key", record.key.expose())
        .switch("suspended", matches!(record.state, State::Suspended { .. }))
        .switch("revoked", matches!(record.state, State::Revoked { .. }))
        .text("type", record.rules.kind().as_str())
        .number("validity", interval.map_or(0, domain::Period::approximate_seconds))
        .text("subscriptionInterval", interval.map(|interval| interval.to_string()).unwrap_or_default())
        .text(
            "expirationStrategy",
            match record.rules.expiry.start {
                ExpiryStart::Creation => "immediate",
                ExpiryStart::Activation => "delayed",
                ExpiryStart::Rolling => "rolling",
            },
        )
        .number("allowedActivations", record.machine_limit.to_signed())
        .number("allowedDomains", record.domain_limit.to_signed())
        .number("allowedDeactivations", record.rules.machines.deactivations.to_signed())
        .number("totalActivations", i64::from(record.machines_used))
        .switch("allowVmActivation", record.rules.machines.allow_vm)
        .texts("notes", record.notes.clone())
        .texts("tags", record.tags.clone())
        .time("expiresAt", record.expires_at)
        .ordered("expiresAt", or(record.expires_at, i64::MAX))
        .switch("expired", record.expires_at.is_some_and(|at| at <= now))
        .switch("perpetual", record.is_perpetual())
        .time("activatedAt", record.activated_at)
        .time("lastUsedAt", record.last_used_at)
        .ordered("lastUsedAt", or(record.last_used_at, 0))
        .texts("domain", domains);
    record.metadata.iter().fold(row, |row, pair| row.pair(&pair.key, &pair.value))
}

fn filter(field: &'static FilterField, operator: Operator, text: &str) -> Filter {
    parse_filter(field, operator, [text]).unwrap_or_else(|e| panic!("{text}: {e}")).expect("a filter")
}

fn request(filters: Vec<Filter>, sort: &'static str, descending: bool) -> ListRequest {
    ListRequest { sort: ListSort { field: sort, descending }, ..whole(filters) }
}

fn terms(n: i64) -> NewTerms {
    let mut rules =
        RuleOverrides { allow_vm: (n % 3 == 0).then_some(n % 2 == 0), ..RuleOverrides::default() };
    if n % 4 == 1 {
        rules.deactivations = Some(n);
        rules.interval = Some(["", "P1Y", "P1M", "PT90S"][usize::try_from(n / 4 % 4).unwrap()].into());
        rules.start = Some(ExpiryStart::ALL[usize::try_from(n % 3).unwrap()]);
        rules.kind = LicenseKind::parse(if n % 8 == 1 { "node-locked" } else { "hosted-floating" });
    }
    let day = 86_400_000;
    let at = |n: i64| usize::try_from(n % 4).unwrap();
    NewTerms {
        created_at: Some(Timestamp::from_millis(1_700_000_000_000 + (n * 7 % 24) * day)),
        suspended: n % 5 == 0,
        revoked: n % 7 == 0,
        machine_limit: Some(Limit::from_signed(n % 6 - 1)),
        expires_at: (n % 3 == 1).then(|| Timestamp::from_millis(1_760_000_000_000 + n * 900 * day)),
        notes: Notes::optional("notes", ["", "önly 100 of it", "Önly 100% of_it", "only!"][at(n)]).unwrap(),
        metadata: (0..n % 3)
            .map(|m| GivenPair {
                key: format!("{}{m}", ["K", "k", "Ä", "ä"][at(n)]),
                value: Some(["V0", "v0", "Über 1%", "über 1%"][at(n + m)].to_owned()),
                visibility: None,
            })
            .collect(),
        rules,
        ..NewTerms::default()
    }
}

on_both_databases! {
    async fn every_filter_agrees_with_memory(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let mut customers = Vec::new();
        for (email, company) in [("bea+shop@x.example", "Initech"), ("Cleo_c@x.example", "100 % Ö"), ("dan@y.example", "")] {
            let new = service::customer::NewCustomer { company: company.to_owned(), ..people::named("Bea", "", email) };
            customers.push(people::create(&service, &ada, new).await.id);
        }
        let organizations = [
            people::create_organization(&service, &ada, "Initech").await,
            people::create_organization(&service, &ada, "Önline_1").await,
        ];
        let mut sellers = vec![ada.clone()];
        for interval in ["P1DT90S", "P70Y"] {
            let template = TemplateChange {
                name: BoundedText::parse("name", interval).ok(),
                rules: RuleOverrides { interval: Some(interval.into()), ..RuleOverrides::default() },
                ..TemplateChange::default()
            };
            let template = license_template::create(&service, &ada.actor, template).await.unwrap();
            let new = ProductTerms {
                name: Name::parse("name", interval).ok(),
                template: Some(template.id),
                ..ProductTerms::default()
            };
            let record = product::create_by_program(&service, &ada.actor, &new).await.unwrap().unwrap();
            let product = product::show(&service, &ada.actor, record.id).await.unwrap();
            sellers.push(Seller { product, ..ada.clone() });
        }
        let mut ids = Vec::new();
        for n in 0..32_u32 {
            let at = usize::try_from(n).unwrap();
            let new = NewTerms {
                customer: customers.get(at % 5).copied(),
                organization: organizations.get(at % 3).copied(),
                tags: people::tags(["", "vip,Beta", "Ä", "beta,ä 2"][at % 4]),
                domain_limit: Some(Limit::new(2 + n % 2)),
                ..terms(i64::from(n))
            };
            let seller = sellers.get(at % 6).unwrap_or(&ada);
            let record = made(&service, seller, new).await;
            if [2, 3, 4, 8, 11].contains(&n) {
                let key = LicenseKey::parse(record.key.expose()).unwrap();
                for name in ["a.example.com", "b-1.example.com"].iter().skip(at % 2) {
                    activate(&service, &key, &host(name), None).await.unwrap();
                }
            }
            ids.push(record.id);
        }
        made(&service, &eve, terms(1)).await;
        let records = show_records(&service, &ada.actor, &ids).await.unwrap();
        let now = service.now();
        let mut rows = Vec::new();
        for record in &records {
            let domains = domain_activation::list(&service, &ada.actor, record.id, &whole(Vec::new())).await.unwrap();
            let domains = domains.items.into_iter().map(|domain| domain.domain).collect();
            rows.push(row(record, domains, now));
        }
        let list = async |request: ListRequest| {
            list_records(&service, &ada.actor, &request).await.unwrap().map(|record| record.id.0)
        };
        Memory::new(&FIELDS, &SORTS, rows).assert_agrees(200, &list).await;
    }

    async fn pages_and_keysets_visit_every_license_once(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let mut all = Vec::new();
        for n in 0..25 {
            all.push(made(&service, &ada, terms(n)).await.id);
        }
        all.sort_unstable();
        for filters in [Vec::new(), vec![filter(&PRODUCT, Operator::Equal, &ada.product.id.to_string())], vec![filter(&MACHINES, Operator::AtLeast, "-1")]] {
            for (sort, descending) in [("createdAt", false), ("createdAt", true), ("expiresAt", false), ("expiresAt", true), ("updatedAt", false)] {
                let base = ListRequest { limit: 7, ..request(filters.clone(), sort, descending) };
                let (mut by_page, mut by_key) = (Vec::new(), Vec::new());
                for page in 1.. {
                    let page = list_records(&service, &ada.actor, &ListRequest { page, ..base.clone() }).await.unwrap();
                    by_page.extend(page.items.iter().map(|record| record.id));
                    if !page.has_more {
                        break;
                    }
                }
                let mut after = None;
                loop {
                    let page = list_records(&service, &ada.actor, &ListRequest { after, ..base.clone() }).await.unwrap();
                    by_key.extend(page.items.iter().map(|record| record.id));
                    after = page.items.last().map(|record| record.id.0);
                    if !page.has_more {
                        break;
                    }
                }
                assert_eq!(by_page, by_key, "{sort} {descending}");
                by_key.sort_unstable();
                assert_eq!(by_key, all, "{sort} {descending}");
            }
        }
    }

    async fn a_key_finds_its_license(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let record = made(&service, &ada, terms(0)).await;
        made(&service, &ada, terms(1)).await;
        let key = record.key.expose().to_lowercase();
        for (operator, text) in [(Operator::Equal, key.as_str()), (Operator::In, key.as_str())] {
            let found = list_records(&service, &ada.actor, &request(vec![filter(&KEY, operator, text)], "createdAt", false)).await.unwrap();
            assert_eq!(found.items.iter().map(|found| found.id).collect::<Vec<_>>(), [record.id]);
        }
        let nothing = parse_filter(&KEY, Operator::In, [""]).unwrap().into_iter().collect();
        let found = list_records(&service, &ada.actor, &request(nothing, "createdAt", false)).await.unwrap();
        assert!(found.items.is_empty(), "an empty list finds nothing");
        let search = ListRequest { search: Some(record.key.expose().to_owned()), ..request(Vec::new(), "createdAt", false) };
        let found = list_records(&service, &ada.actor, &search).await.unwrap();
        assert_eq!(found.items.first().map(|found| found.id), Some(record.id));
    }
}
