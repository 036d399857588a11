//! The search of the list of licenses, and conditions that name few among many.

use domain::Email;
use domain::bounded_text::{BoundedText, Name};
use domain::filter::{CappedCount, Filter, FilterField, ListRequest, Operator, parse_filter};
use domain::license::{Limit, NewLicense};
use domain::{LicenseId, LicenseKey};
use service::activation::activate;
use service::customer::NewCustomer;
use service::license::{CreateLicense, NewTerms, create, issue, list_records};
use service::license_template::{self, TemplateChange};
use service::product::{self, ProductTerms};
use service::{Error, Result, Service};

use super::made;
use crate::agreement::whole;
use crate::people;
use test_support::{Seller, host, on_both_databases, seller};

static TEMPLATE: FilterField = FilterField::id("licenseTemplateId");
static USER: FilterField = FilterField::id("userId");
static SUSPENDED: FilterField = FilterField::boolean("suspended");

fn filter(field: &'static FilterField, value: &str) -> Filter {
    parse_filter(field, Operator::Equal, [value]).expect("a filter").expect("a condition")
}

/// Searches for licenses that meet filters.
async fn search(
    service: &Service,
    seller: &Seller,
    text: &str,
    filters: Vec<Filter>,
) -> Result<Vec<LicenseId>> {
    let request = ListRequest { search: Some(text.to_owned()), ..whole(filters) };
    let found = list_records(service, &seller.actor, &request).await?;
    Ok(found.items.into_iter().map(|record| record.id).collect())
}

/// Issues licenses to a customer.
async fn issue_many(service: &Service, seller: &Seller, customer: &str, count: u32) {
    let new = NewLicense {
        customer_name: Name::parse("name", customer).ok(),
        customer_email: Email::parse(&format!("{}@x.example", customer.replace(' ', "."))).ok(),
        count,
        ..NewLicense::for_product(seller.product.id)
    };
    issue(service, &seller.actor, new).await.expect("licenses");
}

on_both_databases! {
    async fn each_word_begins_a_word_of_what_a_license_is_found_by(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let company = people::create_organization(&service, &ada, "Ärzte GmbH").await;
        let new = NewCustomer { company: "Initech Works".into(), ..people::named("Bea", "O’Brien", "bea@acme.example") };
        let bea = people::create(&service, &ada, new).await.id;
        let cleo = people::create(&service, &ada, people::named("Cleo", "", "cleo@x.example")).await.id;
        let tagged = NewTerms { customer: Some(bea), tags: people::tags("early-bird"), suspended: true, ..NewTerms::default() };
        let a = made(&service, &ada, tagged).await;
        let b = made(&service, &ada, NewTerms { organization: Some(company), ..NewTerms::default() }).await.id;
        let on_domains = NewTerms { customer: Some(cleo), domain_limit: Some(Limit::new(3)), ..NewTerms::default() };
        let c = made(&service, &ada, on_domains).await;
        let key = LicenseKey::parse(c.key.expose()).unwrap();
        activate(&service, &key, &host("shop.example.com"), None).await.unwrap();
        let other = made(&service, &eve, NewTerms { tags: people::tags("early-bird"), ..NewTerms::default() }).await;
        let (a_id, c_id, other_id) = (a.id.to_string(), c.id.to_string().to_uppercase(), other.id.to_string());
        let lower_key = format!(" {} ", a.key.expose().to_lowercase());
        for (text, mut expected) in [
            ("obri BEA", vec![a.id]),
            ("works", vec![a.id]),
            ("acme.ex", vec![a.id]),
            ("early", vec![a.id]),
            ("bird bea", vec![a.id]),
            ("arzte", vec![b]),
            ("ÄRZ gm", vec![b]),
            ("shop.exam", vec![c.id]),
            ("example.com", vec![c.id]),
            ("cleo shop.example.com", vec![c.id]),
            ("c", vec![c.id]),
            ("bea gmbh", vec![]),
            ("orks", vec![]),
            ("rly", vec![]),
            ("hop.example.com", vec![]),
            ("cleo x", vec![c.id]),
            (a_id.as_str(), vec![a.id]),
            (c_id.as_str(), vec![c.id]),
            (lower_key.as_str(), vec![a.id]),
            (other_id.as_str(), vec![]),
            (other.key.expose(), vec![]),
            ("", vec![a.id, b, c.id]),
        ] {
            let mut found = search(&service, &ada, text, Vec::new()).await.unwrap();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{text}");
        }
        // The other conditions hold too.
        for (text, suspended, expected) in
            [("bea", "true", vec![a.id]), ("bea", "false", vec![]), (a_id.as_str(), "false", vec![]), ("cleo", "false", vec![c.id])]
        {
            let found = search(&service, &ada, text, vec![filter(&SUSPENDED, suspended)]).await.unwrap();
            assert_eq!(found, expected, "{text} {suspended}");
        }
    }

    async fn all_licenses_of_a_customer_are_found(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        issue_many(&service, &ada, "Grace Hopper", 230).await;
        let request = ListRequest { search: Some("hopper".into()), ..whole(Vec::new()) };
        let first = list_records(&service, &ada.actor, &request).await.unwrap();
        assert_eq!((first.items.len(), first.has_more), (100, true));
        assert_eq!(first.total, Some(CappedCount { rows: 230, is_capped: false }));
        let last = ListRequest { page: 3, ..request };
        assert_eq!(list_records(&service, &ada.actor, &last).await.unwrap().items.len(), 30);
    }

    /// Among more licenses than a list looks at, few are found by their template, and by a word beside a wide one.
    async fn few_are_found_among_very_many(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        for _ in 0..11 {
            issue_many(&service, &ada, "Crowd", 1_000).await;
        }
        let rare = TemplateChange { name: BoundedText::parse("name", "Rare").ok(), ..TemplateChange::default() };
        let rare = license_template::create(&service, &ada.actor, rare).await.unwrap().id;
        let of_rare = ProductTerms { name: Name::parse("name", "Rare").ok(), template: Some(rare), ..ProductTerms::default() };
        let product = product::create_by_program(&service, &ada.actor, &of_rare).await.unwrap().unwrap().id;
        let common = product::show_record(&service, &ada.actor, ada.product.id).await.unwrap().template.unwrap().id;
        let grace = people::create(&service, &ada, people::named("Grace", "Crowd", "grace@y.example")).await.id;
        let hopper = people::create(&service, &ada, people::named("Grace", "Hopper", "hopper@y.example")).await.id;
        let own = NewTerms { template: Some(rare), customer: Some(grace), ..NewTerms::default() };
        let own = made(&service, &ada, own).await.id;
        made(&service, &ada, NewTerms { customer: Some(hopper), ..NewTerms::default() }).await;
        let of_product = |terms| create(&service, &ada.actor, CreateLicense { product, terms });
        let follows = of_product(NewTerms::default()).await.unwrap().unwrap_or_else(|r| panic!("{r:?}")).id;
        let other = NewTerms { template: Some(common), ..NewTerms::default() };
        of_product(other).await.unwrap().unwrap_or_else(|r| panic!("{r:?}"));
        let of_template = whole(vec![filter(&TEMPLATE, &rare.to_string())]);
        let found = list_records(&service, &ada.actor, &of_template).await.unwrap();
        assert_eq!(found.items.iter().map(|record| record.id).collect::<Vec<_>>(), [own, follows]);
        for (text, filters, expected) in [
            ("grace crowd", Vec::new(), vec![own]),
            ("crowd y.exam", Vec::new(), vec![own]),
            ("crowd", vec![filter(&USER, &grace.to_string())], vec![own]),
            ("crowd", vec![filter(&USER, &hopper.to_string())], vec![]),
            ("crowd nobody", Vec::new(), vec![]),
        ] {
            assert_eq!(search(&service, &ada, text, filters).await.unwrap(), expected, "{text}");
        }
        // A template of many products, of which the last has a license.
        let wide = TemplateChange { name: BoundedText::parse("name", "Wide").ok(), ..TemplateChange::default() };
        let wide = license_template::create(&service, &ada.actor, wide).await.unwrap().id;
        let of_wide = ProductTerms { name: Name::parse("name", "Wide").ok(), template: Some(wide), ..ProductTerms::default() };
        let mut product = product;
        for _ in 0..=100 {
            product = product::create_by_program(&service, &ada.actor, &of_wide).await.unwrap().unwrap().id;
        }
        let of_last = CreateLicense { product, terms: NewTerms::default() };
        let of_last = create(&service, &ada.actor, of_last).await.unwrap().unwrap_or_else(|r| panic!("{r:?}")).id;
        let of_wide = whole(vec![filter(&TEMPLATE, &wide.to_string())]);
        let found = list_records(&service, &ada.actor, &of_wide).await.unwrap();
        assert_eq!(found.items.iter().map(|record| record.id).collect::<Vec<_>>(), [of_last]);
        let refused = search(&service, &ada, "crowd", Vec::new()).await;
        assert!(matches!(refused, Err(Error::Invalid(faults)) if faults[0].field == "filter"));
    }
}
