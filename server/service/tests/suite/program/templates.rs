//! Templates, and the products and licenses that follow them.

use domain::KeyPattern;
use domain::bounded_text::{BoundedText, Name};
use domain::license::Limit;
use domain::license_rules::{LicenseKind, RuleOverrides};
use service::Error;
use service::license::{CreateLicense, LicenseRefusal, NewTerms, create, show_record};
use service::license_template::{self, TemplateChange};
use service::product::{self, ProductTerms};

use super::made;
use test_support::{on_both_databases, seller};

fn named(name: &str) -> TemplateChange {
    TemplateChange { name: BoundedText::parse("name", name).ok(), ..TemplateChange::default() }
}

on_both_databases! {
    async fn products_and_licenses_follow_their_template(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let template = license_template::create(&service, &ada.actor, named("Yearly")).await.unwrap();
        let terms = ProductTerms {
            name: Name::parse("name", "Studio").ok(),
            template: Some(template.id),
            ..ProductTerms::default()
        };
        let product = product::create_by_program(&service, &ada.actor, &terms).await.unwrap().unwrap();
        let new = |terms| CreateLicense { product: product.id, terms };
        let follows = create(&service, &ada.actor, new(NewTerms::default())).await.unwrap().unwrap_or_else(|r| panic!("{r:?}"));
        let own = NewTerms {
            rules: RuleOverrides { allow_vm: Some(false), ..RuleOverrides::default() },
            ..NewTerms::default()
        };
        let own = create(&service, &ada.actor, new(own)).await.unwrap().unwrap_or_else(|r| panic!("{r:?}"));
        let change = TemplateChange {
            rules: RuleOverrides {
                kind: Some(LicenseKind::HostedFloating),
                lease: Some(900),
                allow_container: Some(false),
                ..RuleOverrides::default()
            },
            machine_limit: Some(Limit::new(8)),
            ..TemplateChange::default()
        };
        license_template::update(&service, &ada.actor, template.id, &change).await.unwrap();
        let follows = show_record(&service, &ada.actor, follows.id).await.unwrap();
        let own = show_record(&service, &ada.actor, own.id).await.unwrap();
        for (record, vm) in [(&follows, true), (&own, false)] {
            assert_eq!(record.rules.kind(), LicenseKind::HostedFloating);
            assert_eq!(record.rules.machines.allow_vm, vm);
            assert!(!record.rules.machines.allow_container);
            assert_eq!(record.machine_limit, Limit::new(1), "limits were copied");
        }
        let product = product::show_record(&service, &ada.actor, product.id).await.unwrap();
        assert_eq!(product.template.map(|template| template.machine_limit), Some(Limit::new(8)));
        assert!(matches!(
            license_template::delete(&service, &ada.actor, template.id).await,
            Err(Error::Conflict(_))
        ));
    }

    async fn lists_have_pages_and_menus_a_search(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        for n in 0..110 {
            license_template::create(&service, &ada.actor, named(&format!("Template {n:03}"))).await.unwrap();
        }
        let (mut names, mut before) = (Vec::new(), None);
        loop {
            let page = license_template::list_page(&service, &ada.actor, before).await.unwrap();
            names.extend(page.templates.into_iter().map(|row| row.name));
            before = page.older;
            if before.is_none() {
                break;
            }
        }
        let newest_first = (0..110).rev().map(|n| format!("Template {n:03}"));
        assert_eq!(names, newest_first.chain([ada.product.name.clone()]).collect::<Vec<_>>());
        let menu = license_template::menu(&service, &ada.actor, None).await.unwrap();
        assert_eq!((menu.options.len(), menu.has_more), (100, true));
        let menu = license_template::menu(&service, &ada.actor, Some("template 109".to_owned())).await.unwrap();
        assert_eq!((menu.options.len(), menu.has_more), (1, false));
    }

    async fn a_product_of_the_dashboard_has_its_own_template(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let before = product::show_record(&service, &ada.actor, ada.product.id).await.unwrap();
        let template = before.template.clone().unwrap();
        assert_ne!(template.id.0, before.id.0);
        let mut settings = product::show(&service, &ada.actor, ada.product.id).await.unwrap().settings().unwrap();
        settings.machine_limit = Limit::new(4);
        settings.machines.allow_vm = false;
        product::update(&service, &ada.actor, ada.product.id, settings).await.unwrap();
        let followed = license_template::show(&service, &ada.actor, template.id).await.unwrap();
        assert_eq!((followed.machine_limit, followed.rules.machines.allow_vm), (Limit::new(4), false));
        let shared = ProductTerms {
            name: Name::parse("name", "Second").ok(),
            template: Some(template.id),
            ..ProductTerms::default()
        };
        product::create_by_program(&service, &ada.actor, &shared).await.unwrap().unwrap();
        let mut settings = product::show(&service, &ada.actor, ada.product.id).await.unwrap().settings().unwrap();
        settings.machine_limit = Limit::new(5);
        product::update(&service, &ada.actor, ada.product.id, settings).await.unwrap();
        let shared = license_template::show(&service, &ada.actor, template.id).await.unwrap();
        assert_eq!(shared.machine_limit, Limit::new(4), "another product goes on with it");
        let own = product::show_record(&service, &ada.actor, ada.product.id).await.unwrap().template.unwrap();
        assert!(own.id != template.id && own.machine_limit == Limit::new(5));
    }

    async fn a_license_of_another_template_copies_its_rules(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let pattern = KeyPattern::parse("keyPattern", "^TPL-[A-Z0-9]{16}$").unwrap();
        let new = TemplateChange {
            key: Some(pattern),
            machine_limit: Some(Limit::new(6)),
            rules: RuleOverrides { interval: Some("P1M".into()), ..RuleOverrides::default() },
            required_metadata: Some(vec!["order_id".into()]),
            ..named("Monthly")
        };
        let template = license_template::create(&service, &ada.actor, new).await.unwrap();
        let terms = NewTerms { template: Some(template.id), ..NewTerms::default() };
        let refused = create(&service, &ada.actor, CreateLicense { product: ada.product.id, terms: terms.clone() }).await.unwrap();
        assert_eq!(refused.map(|record| record.id), Err(LicenseRefusal::MissingMetadata("order_id".into())));
        let order = domain::license::GivenPair { key: "Order_ID".into(), value: Some("1".into()), visibility: None };
        let record = made(&service, &ada, NewTerms { metadata: vec![order], ..terms }).await;
        assert!(record.key.expose().starts_with("TPL-") && record.key.expose().len() == 20);
        assert_eq!((record.template, record.machine_limit), (template.id, Limit::new(6)));
        let month = "P1M".parse().unwrap();
        assert_eq!(record.expires_at, Some(record.created_at.plus_period(month)));
    }
}
