//! Filters of the list of licenses: each is compared with an evaluation of all licenses in memory.

use domain::filter::{
    Cell, FieldKind, Filter, FilterField, FilterRow, ListRequest, ListSort, Operator, matches, parse_filter,
};
use domain::license::{GivenPair, Limit, State};
use domain::license_rules::{ExpiryStart, RuleOverrides};
use domain::{LicenseId, Timestamp};
use service::license::record::LicenseRecord;
use service::license::{NewTerms, list_records};

use super::made;
use test_support::{on_both_databases, seller};

static ID: FilterField = FilterField::id("id");
static PRODUCT: FilterField = FilterField::id("productId");
static TEMPLATE: FilterField = FilterField::id("licenseTemplateId");
static KEY: FilterField = FilterField::new("key", FieldKind::Key);
static SUSPENDED: FilterField = FilterField::boolean("suspended");
static REVOKED: FilterField = FilterField::boolean("revoked");
static KIND: FilterField =
    FilterField::new("type", FieldKind::Enumeration(&["node-locked", "hosted-floating"]));
static VALIDITY: FilterField = FilterField::integer("validity");
static INTERVAL: FilterField = FilterField::text("subscriptionInterval");
static STRATEGY: FilterField =
    FilterField::new("expirationStrategy", FieldKind::Enumeration(&["immediate", "delayed", "rolling"]));
static MACHINES: FilterField = FilterField::integer("allowedActivations");
static DEACTIVATIONS: FilterField = FilterField::integer("allowedDeactivations");
static VM: FilterField = FilterField::boolean("allowVmActivation");
static NOTES: FilterField = FilterField::text("notes");
static EXPIRES: FilterField = FilterField::time("expiresAt");
static EXPIRED: FilterField = FilterField::boolean("expired");
static PERPETUAL: FilterField = FilterField::boolean("perpetual");
static CREATED: FilterField = FilterField::time("createdAt");
static META_KEY: FilterField = FilterField::new("metadata.key", FieldKind::PairKey);
static META_VALUE: FilterField = FilterField::new("metadata.value", FieldKind::PairValue);

struct Row<'a>(&'a LicenseRecord, Timestamp);

impl FilterRow for Row<'_> {
    fn cells(&self, field: &str) -> Vec<Cell> {
        let Self(record, now) = self;
        let time = |at: Option<Timestamp>| at.map(Cell::Time).into_iter().collect();
        let interval = record.rules.expiry.interval;
        vec![match field {
            "id" => Cell::Id(record.id.0),
            "productId" => Cell::Id(record.product.0),
            "licenseTemplateId" => Cell::Id(record.template.0),
            "suspended" => Cell::Boolean(matches!(record.state, State::Suspended { .. })),
            "revoked" => Cell::Boolean(matches!(record.state, State::Revoked { .. })),
            "type" => Cell::Text(record.rules.kind().as_str().into()),
            "validity" => Cell::Integer(interval.map_or(0, domain::Period::approximate_seconds)),
            "subscriptionInterval" => {
                Cell::Text(interval.map(|interval| interval.to_string()).unwrap_or_default())
            }
            "expirationStrategy" => Cell::Text(match record.rules.expiry.start {
                ExpiryStart::Creation => "immediate".into(),
                ExpiryStart::Activation => "delayed".into(),
                ExpiryStart::Rolling => "rolling".into(),
            }),
            "allowedActivations" => Cell::Integer(record.machine_limit.to_signed()),
            "allowedDeactivations" => Cell::Integer(record.rules.machines.deactivations.to_signed()),
            "allowVmActivation" => Cell::Boolean(record.rules.machines.allow_vm),
            "notes" => return record.notes.clone().map(Cell::Text).into_iter().collect(),
            "expiresAt" => return time(record.expires_at),
            "expired" => Cell::Boolean(record.expires_at.is_some_and(|at| at <= *now)),
            "perpetual" => Cell::Boolean(record.is_perpetual()),
            "createdAt" => Cell::Time(record.created_at),
            _ => return Vec::new(),
        }]
    }

    fn pairs(&self) -> Vec<(String, String)> {
        self.0.metadata.iter().map(|pair| (pair.key.clone(), pair.value.clone())).collect()
    }
}

fn filter(field: &'static FilterField, operator: Operator, text: &str) -> Filter {
    parse_filter(field, operator, [text]).unwrap_or_else(|e| panic!("{text}: {e}")).expect("a filter")
}

fn request(filters: Vec<Filter>, sort: &'static str, descending: bool) -> ListRequest {
    ListRequest {
        page: 1,
        limit: 100,
        sort: ListSort { field: sort, descending },
        after: None,
        search: None,
        count: true,
        filters,
    }
}

fn terms(n: i64) -> NewTerms {
    let mut rules =
        RuleOverrides { allow_vm: (n % 3 == 0).then_some(n % 2 == 0), ..RuleOverrides::default() };
    if n % 4 == 1 {
        rules.deactivations = Some(n);
        rules.interval = Some(["", "P1Y", "P1M", "PT90S"][usize::try_from(n / 4 % 4).unwrap()].into());
        rules.start = Some(ExpiryStart::ALL[usize::try_from(n % 3).unwrap()]);
        rules.kind = domain::license_rules::LicenseKind::parse(if n % 8 == 1 {
            "node-locked"
        } else {
            "hosted-floating"
        });
    }
    let day = 86_400_000;
    NewTerms {
        created_at: Some(Timestamp::from_millis(1_700_000_000_000 + (n * 7 % 24) * day)),
        suspended: n % 5 == 0,
        revoked: n % 7 == 0,
        machine_limit: Some(Limit::from_signed(n % 6 - 1)),
        expires_at: (n % 3 == 1).then(|| Timestamp::from_millis(1_760_000_000_000 + n * 900 * day)),
        notes: domain::bounded_text::Notes::optional(
            "notes",
            if n % 4 == 2 { "Önly 100% of_it" } else { "" },
        )
        .unwrap(),
        metadata: (0..n % 3)
            .map(|m| GivenPair { key: format!("K{m}"), value: format!("V{}", (n + m) % 4), visibility: None })
            .collect(),
        rules,
        ..NewTerms::default()
    }
}

on_both_databases! {
    async fn every_filter_agrees_with_memory(db: TestDatabase) {
        use Operator::{AtLeast, AtMost, Contains, EndsWith, Equal, Greater, In, Less, NotContains, NotEqual, NotIn};
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let mut records = Vec::new();
        for n in 0..40 {
            records.push(made(&service, &ada, terms(n)).await);
        }
        made(&service, &eve, terms(1)).await;
        let now = service.now();
        let id = records[3].id.to_string();
        let ids = format!("{},{}", records[3].id, records[9].id);
        let (product, template) = (ada.product.id.to_string(), records[0].template.to_string());
        let texts: [(&'static FilterField, &[Operator], &str); 23] = [
            (&ID, &[Equal, NotEqual], &id),
            (&PRODUCT, &[Equal, NotEqual], &product),
            (&TEMPLATE, &[Equal, NotEqual], &template),
            (&SUSPENDED, &[Equal, NotEqual], "true"),
            (&REVOKED, &[Equal, NotEqual], "true"),
            (&KIND, &[Equal, NotEqual], "hosted-floating"),
            (&VALIDITY, &[Equal, NotEqual, Greater, AtMost], "2592000"),
            (&VALIDITY, &[Equal], "90"),
            (&INTERVAL, &[Equal, NotEqual, Contains], "P1M"),
            (&STRATEGY, &[Equal, NotEqual], "delayed"),
            (&STRATEGY, &[Equal], "rolling"),
            (&MACHINES, &[Equal, Greater, AtLeast, Less, AtMost, NotEqual], "2"),
            (&MACHINES, &[Equal], "-1"),
            (&DEACTIVATIONS, &[Equal, Greater, Less], "9"),
            (&VM, &[Equal, NotEqual], "false"),
            (&NOTES, &[Equal, NotEqual, Contains, NotContains, EndsWith], "100% of_it"),
            (&EXPIRES, &[Greater, AtMost, NotEqual], "2030-01-01T00:00:00Z"),
            (&EXPIRED, &[Equal, NotEqual], "true"),
            (&PERPETUAL, &[Equal, NotEqual], "true"),
            (&CREATED, &[Equal, Greater, AtLeast, Less, AtMost], "2023-11-20T22:13:20Z"),
            (&META_KEY, &[Equal, NotEqual], "k1"),
            (&META_VALUE, &[Equal, In], "v2"),
            (&ID, &[In, NotIn], &ids),
        ];
        let mut filters: Vec<Vec<Filter>> = Vec::new();
        for (field, operators, text) in texts {
            filters.extend(operators.iter().map(|operator| vec![filter(field, *operator, text)]));
        }
        let pair = |key: &str, operator, value: &str| vec![filter(&META_KEY, Equal, key), filter(&META_VALUE, operator, value)];
        filters.extend([pair("K0", Equal, "v1"), pair("k1", Contains, "3"), pair("k1", NotEqual, "v1"), Vec::new()]);
        for filters in filters {
            for (sort, descending) in [("createdAt", false), ("expiresAt", true), ("lastUsedAt", false), ("updatedAt", true)] {
                let page = list_records(&service, &ada.actor, &request(filters.clone(), sort, descending)).await.unwrap();
                let mut found: Vec<LicenseId> = page.items.iter().map(|record| record.id).collect();
                assert_eq!(page.total.map(|total| total.rows), Some(found.len() as u64), "{filters:?}");
                let mut expected: Vec<LicenseId> = records
                    .iter()
                    .filter(|record| matches(&filters, &Row(record, now)))
                    .map(|record| record.id)
                    .collect();
                if sort == "createdAt" {
                    let times: Vec<_> = page.items.iter().map(|record| (record.created_at, record.id)).collect();
                    assert!(times.is_sorted(), "{filters:?}");
                }
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected, "{filters:?} by {sort}");
            }
        }
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
