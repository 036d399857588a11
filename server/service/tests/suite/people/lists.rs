//! Property: a list has the rows that meet its filters in memory, in its order, whatever index found them.

use domain::filter::{
    Cell, FieldKind, Filter, FilterField, FilterRow, ListRequest, ListSort, Operator, matches, parse_filter,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use service::customer::{self, CustomerRecord, NewCustomer};
use service::{Error, member, organization, tag};

use super::{create, create_organization, create_tag, fields, named, tags};
use test_support::{on_both_databases, seller};

static FIELDS: [FilterField; 9] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::new("email", FieldKind::Email),
    FilterField::text("name"),
    FilterField::text("company"),
    FilterField::text("tag"),
    FilterField::id("organizationId"),
    FilterField::new("metadata.key", FieldKind::PairKey),
    FilterField::new("metadata.value", FieldKind::PairValue),
];

struct Row<'a>(&'a CustomerRecord);

impl FilterRow for Row<'_> {
    fn cells(&self, field: &str) -> Vec<Cell> {
        let Self(row) = self;
        match field {
            "id" => vec![Cell::Id(row.id.0)],
            "createdAt" => vec![Cell::Time(row.created_at)],
            "email" => vec![Cell::Text(row.email.clone().unwrap_or_default())],
            "name" => vec![Cell::Text(row.name.joined())],
            "company" => vec![Cell::Text(row.company.clone())],
            "tag" => row.tags.iter().cloned().map(Cell::Text).collect(),
            "organizationId" => row.organization.iter().map(|found| Cell::Id(found.id.0)).collect(),
            other => panic!("{other}"),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        self.0.metadata.iter().map(|field| (field.key.clone(), field.value.clone())).collect()
    }
}

fn request(filters: Vec<Filter>) -> ListRequest {
    ListRequest {
        page: 1,
        limit: 100,
        sort: ListSort { field: "createdAt", descending: false },
        after: None,
        search: None,
        count: true,
        filters,
    }
}

on_both_databases! {
    async fn lists_have_the_rows_that_meet_the_filters(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let initech = create_organization(&service, &seller, "Initech").await;
        for (n, (first, last, company, list, pairs)) in [
            ("Bea", "Buyer", "Initech", "vip,beta", [("order", "1"), ("plan", "2")]),
            ("BEA", "BUYER", "initech", "VIP", [("Order", "2"), ("plan", "1")]),
            ("Grace", "", "", "", [("order", "SO-1%"), ("note", "_")]),
            ("Ünal", "Öz", "100 %", "beta", [("plan", "2"), ("x", "")]),
            ("a_b", "o", "Buyer", "", [("order", "1"), ("y", "1")]),
        ].into_iter().enumerate() {
            let new = NewCustomer {
                company: company.to_owned(),
                organization: (n % 2 == 0).then_some(initech),
                tags: tags(list),
                metadata: fields(&pairs),
                ..named(first, last, &format!("user{n}+shop@x{}.example", n % 2))
            };
            create(&service, &seller, new).await;
        }
        let all = customer::list_records(&service, &seller.actor, &request(Vec::new())).await.unwrap().items;
        assert_eq!(all.len(), 5);
        let id = all[1].id.to_string();
        let values = ["", "bea", "Bea Buyer", "initech", "vip", "order", "plan", "1", "2", "%", "_", "o", "ü", "user2 shop@x0.example", "2099-01-01", &id, &initech.to_string()];
        let values: Vec<String> = values.into_iter().map(ToOwned::to_owned).collect();
        let one = (0..FIELDS.len(), 0..12_usize, prop::sample::subsequence(values, 0..3));
        let conditions = prop::collection::vec(one, 1..4);
        let mut runner = TestRunner::deterministic();
        let mut compared = 0;
        for _ in 0..400 {
            let chosen = conditions.new_tree(&mut runner).unwrap().current();
            let parse = |(field, operator, texts): &(usize, usize, Vec<String>)| {
                let operator = Operator::ALL[*operator].0;
                let joined = texts.join(",");
                parse_filter(&FIELDS[*field], operator, [joined.as_str()]).ok().flatten()
            };
            let filters: Vec<Filter> = chosen.iter().filter_map(parse).collect();
            let expected: Vec<_> = all.iter().filter(|row| matches(&filters, &Row(row))).map(|row| row.id).collect();
            let page = customer::list_records(&service, &seller.actor, &request(filters.clone())).await.unwrap();
            let found: Vec<_> = page.items.iter().map(|row| row.id).collect();
            assert_eq!(found, expected, "{filters:?}");
            assert_eq!(page.total.map(|total| total.rows), Some(expected.len() as u64), "{filters:?}");
            let mut export = customer::export_records(&service, &seller.actor, request(filters.clone())).await.unwrap();
            let mut exported = Vec::new();
            while let Some(batch) = export.next_batch().await.unwrap() {
                exported.extend(batch.into_iter().map(|row| row.id));
            }
            exported.sort_unstable();
            let mut expected = expected;
            expected.sort_unstable();
            assert_eq!(exported, expected, "{filters:?}");
            compared += usize::from(!expected.is_empty() && expected.len() < 5);
        }
        assert!(compared > 10, "{compared}");
    }

    async fn every_order_is_read_to_its_end_by_pages_and_by_rows(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        for (first, email) in [("b", "z@x.example"), ("a", "y@x.example"), ("b", "a@x.example"), ("Z", "b@x.example"), ("ä", "c@x.example")] {
            create(&service, &seller, named(first, "", email)).await;
            create_organization(&service, &seller, &format!("{first} {email}")).await;
        }
        for field in ["createdAt", "updatedAt", "name", "email"] {
            for descending in [false, true] {
                let sort = ListSort { field, descending };
                let whole = ListRequest { sort, ..request(Vec::new()) };
                let all = customer::list_records(&service, &seller.actor, &whole).await.unwrap().items;
                assert_eq!(all.len(), 5, "{field}");
                let mut by_rows = Vec::new();
                let mut after = None;
                for page in 1..=3 {
                    let by_page = ListRequest { page, limit: 2, ..whole.clone() };
                    let by_page = customer::list_records(&service, &seller.actor, &by_page).await.unwrap().items;
                    let next = ListRequest { limit: 2, after, ..whole.clone() };
                    let next = customer::list_records(&service, &seller.actor, &next).await.unwrap();
                    assert_eq!(by_page, next.items, "{field} {descending}");
                    assert_eq!(next.has_more, page < 3);
                    after = next.items.last().map(|row| row.id.0);
                    by_rows.extend(next.items);
                }
                assert_eq!(by_rows, all, "{field} {descending}");
                if field == "name" {
                    let mut names: Vec<_> = all.iter().map(|row| row.name.joined()).collect();
                    if descending {
                        names.reverse();
                    }
                    assert_eq!(names, ["Z", "a", "b", "b", "ä"], "by bytes, on both databases");
                }
            }
        }
        let past = ListRequest { page: 9, ..request(Vec::new()) };
        assert!(customer::list_records(&service, &seller.actor, &past).await.unwrap().items.is_empty());
        let unknown = ListRequest { after: Some(service::new_id()), ..request(Vec::new()) };
        let refused = customer::list_records(&service, &seller.actor, &unknown).await;
        assert!(matches!(refused, Err(Error::Invalid(faults)) if faults[0].field == "after"));
    }

    async fn searches_find_words_and_ids(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let bea = create(&service, &seller, NewCustomer { company: "Initech Works".into(), ..named("Bea", "O’Brien", "bea@acme.example") }).await;
        create(&service, &seller, named("Grace", "", "grace@navy.example")).await;
        let id = bea.id.to_string();
        for (search, is_found) in [("obri BEA", true), ("works", true), ("acme.ex", true), (id.as_str(), true), ("bea grace", false), ("orks", false)] {
            let searched = ListRequest { search: Some(search.to_owned()), ..request(Vec::new()) };
            let found = customer::list_records(&service, &seller.actor, &searched).await.unwrap().items;
            assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), if is_found { vec![bea.id] } else { vec![] }, "{search}");
        }
    }

    async fn small_lists_and_the_team_have_filters_too(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        for name in ["Initech", "Initrode", "acme"] {
            create_organization(&service, &ada, name).await;
            create_tag(&service, &ada, name).await;
        }
        let name = |operator, text: &str| request(parse_filter(&FIELDS[3], operator, [text]).unwrap().into_iter().collect());
        for (operator, text, count) in [(Operator::Equal, "INITECH", 1), (Operator::StartsWith, "init", 2), (Operator::In, "acme,initrode", 2), (Operator::In, "", 0), (Operator::NotContains, "init", 1)] {
            let wanted = name(operator, text);
            assert_eq!(organization::list(&service, &ada.actor, &wanted).await.unwrap().items.len(), count, "{text}");
            assert_eq!(tag::list(&service, &ada.actor, &wanted).await.unwrap().items.len(), count, "{text}");
            assert!(organization::list(&service, &eve.actor, &wanted).await.unwrap().items.is_empty());
        }
        let team = member::list_records(&service, &ada.actor, &request(Vec::new())).await.unwrap().items;
        assert_eq!(team.iter().map(|member| member.id).collect::<Vec<_>>(), [ada.user]);
        assert!(member::list_records(&service, &ada.actor, &name(Operator::Equal, "eve")).await.unwrap().items.is_empty());
    }
}
