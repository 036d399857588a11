//! Names are unique in any case of any script, and filters find them so.

use domain::filter::{FieldKind, Filter, FilterField, Folding, Operator, parse_filter};
use service::customer::{self, NewCustomer};
use service::license::{NewTerms, list_records as list_licenses};
use service::{organization, tag};

use super::{create, create_organization, create_tag, fields, named, tags};
use crate::agreement::whole;
use crate::program::made;
use test_support::{on_both_databases, seller};

static NAME: FilterField = FilterField::in_any_case("name");
static COMPANY: FilterField = FilterField::in_any_case("company");
static TAG: FilterField = FilterField::in_any_case("tag");
static ORGANIZATION_NAME: FilterField = FilterField::in_any_case("organization.name");
static KEY: FilterField = FilterField::new("metadata.key", FieldKind::PairKey(Folding::Lower));
static VALUE: FilterField = FilterField::new("metadata.value", FieldKind::PairValue(Folding::Lower));

/// Conditions joined by AND.
fn filters(conditions: &[(&'static FilterField, Operator, &str)]) -> Vec<Filter> {
    let parsed = conditions.iter().map(|&(field, operator, text)| parse_filter(field, operator, [text]));
    parsed.map(|filter| filter.expect("a filter").expect("a condition")).collect()
}

on_both_databases! {
    async fn names_are_found_in_any_case(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let company = create_organization(&service, &ada, "Ärzte GmbH").await;
        let gold = create_tag(&service, &ada, "Öl").await;
        let new = NewCustomer {
            company: "ÄRZTE".into(),
            organization: Some(company),
            tags: tags("Öl"),
            metadata: fields(&[("Größe", "ÜBER 9")]),
            ..named("Ünal", "Öz", "unal@x.example")
        };
        let customer = create(&service, &ada, new).await.id;
        let terms = NewTerms { organization: Some(company), tags: tags("Öl"), ..NewTerms::default() };
        let license = made(&service, &ada, terms).await.id;
        for (operator, text) in [
            (Operator::Equal, "ärzte gmbh"),
            (Operator::In, "ÄRZTE GMBH,none"),
            (Operator::StartsWith, "ärz"),
            (Operator::Contains, "ÄRZ"),
        ] {
            let request = whole(filters(&[(&NAME, operator, text)]));
            let found = organization::list(&service, &ada.actor, &request).await.unwrap().items;
            assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [company], "{text}");
            let request = whole(filters(&[(&ORGANIZATION_NAME, operator, text)]));
            let found = list_licenses(&service, &ada.actor, &request).await.unwrap().items;
            assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [license], "{text}");
        }
        for text in ["öl", "ÖL"] {
            let request = whole(filters(&[(&NAME, Operator::Equal, text)]));
            let found = tag::list(&service, &ada.actor, &request).await.unwrap().items;
            assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [gold], "{text}");
            let request = whole(filters(&[(&TAG, Operator::Equal, text)]));
            let found = list_licenses(&service, &ada.actor, &request).await.unwrap().items;
            assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [license], "{text}");
            let others = whole(filters(&[(&TAG, Operator::NotEqual, text)]));
            assert!(list_licenses(&service, &ada.actor, &others).await.unwrap().items.is_empty(), "{text}");
        }
        for conditions in [
            vec![(&NAME, Operator::Equal, "ÜNAL ÖZ")],
            vec![(&COMPANY, Operator::Equal, "ärzte")],
            vec![(&TAG, Operator::In, "öl")],
            vec![(&KEY, Operator::Equal, "GRÖßE"), (&VALUE, Operator::Equal, "über 9")],
        ] {
            let request = whole(filters(&conditions));
            let found = customer::list_records(&service, &ada.actor, &request).await.unwrap().items;
            assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [customer], "{conditions:?}");
        }
        let others = whole(filters(&[(&COMPANY, Operator::NotEqual, "ärzte")]));
        assert!(customer::list_records(&service, &ada.actor, &others).await.unwrap().items.is_empty());
    }
}
