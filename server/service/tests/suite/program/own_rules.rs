//! Rules that a form gives a license or a template, beside what the form showed.

use domain::bounded_text::BoundedText;
use domain::edit::Edit;
use domain::license::{GivenPair, Limit};
use domain::license_rules::{RuleOverrides, RulesEdit};
use service::license::{
    EditLicense, LicenseRefusal, MetadataReaders, NewTerms, edit, show_record, show_rules,
};
use service::license_template::{self, TemplateEdit};
use service::{Error, Result};

use super::{edited, made};
use test_support::{on_both_databases, seller};

/// A change of the rule for virtual machines.
fn vm(new: Option<bool>, shown: Option<bool>) -> EditLicense {
    let rules_edit = RulesEdit { allow_vm: Some(Edit { new, shown: Some(shown) }), ..RulesEdit::default() };
    EditLicense { rules_edit, ..EditLicense::default() }
}

fn conflicts<T: std::fmt::Debug>(result: Result<T>) -> Vec<&'static str> {
    match result {
        Err(Error::Changed(conflicts)) => conflicts.iter().map(|conflict| conflict.field).collect(),
        other => panic!("{other:?}"),
    }
}

on_both_databases! {
    async fn a_form_sets_and_removes_rules_unless_another_member_changed_them(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let terms = NewTerms {
            rules: RuleOverrides { sync_grace: Some(60), ..RuleOverrides::default() },
            ..NewTerms::default()
        };
        let record = made(&service, &ada, terms).await;
        let vm_of = async || {
            let page = show_rules(&service, &ada.actor, record.id).await.unwrap();
            page.own.into_iter().find(|(field, _)| field == "allow_vm").map(|(_, text)| text).unwrap()
        };
        // What the product says too is pinned if a member chooses it.
        assert!(edited(&service, &ada, record.id, vm(Some(true), None)).await.rules.machines.allow_vm);
        assert_eq!(vm_of().await, "yes");
        let second = edit(&service, &ada.actor, record.id, &vm(Some(false), None)).await;
        assert_eq!(conflicts(second.map(|outcome| outcome.map(|record| record.id))), ["allow_vm"]);
        assert_eq!(vm_of().await, "yes");
        let changed = edited(&service, &ada, record.id, vm(Some(false), Some(true))).await;
        assert!(!changed.rules.machines.allow_vm);
        let changed = edited(&service, &ada, record.id, vm(None, Some(false))).await;
        assert!(changed.rules.machines.allow_vm && vm_of().await.is_empty());
        let grace = changed.rules.machines.sync.grace.map(domain::machine::Seconds::get);
        assert_eq!(grace, Some(60), "other rules stay");
        let same = edited(&service, &ada, record.id, vm(None, None)).await;
        assert_eq!(same.updated_at, changed.updated_at, "nothing is written without a difference");

        service::license::revoke(&service, &ada.actor, record.id, None).await.unwrap();
        let refused = edit(&service, &ada.actor, record.id, &vm(Some(false), None)).await.unwrap();
        assert_eq!(refused.map(|record| record.id), Err(LicenseRefusal::Revoked));
    }

    async fn readers_of_fields_are_changed_by_lists_of_names(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let pair = |key: &str| GivenPair { key: key.into(), value: Some("1".into()), visibility: None };
        let record = made(&service, &ada, NewTerms { metadata: vec![pair("a"), pair("b")], ..NewTerms::default() }).await;
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let readers = |apps: &[&str], shown: &[&str]| EditLicense {
            readers: Some(MetadataReaders {
                apps: Edit { new: names(apps), shown: Some(names(shown)) },
                customer: Edit { new: Vec::new(), shown: Some(Vec::new()) },
            }),
            ..EditLicense::default()
        };
        let changed = edited(&service, &ada, record.id, readers(&["b"], &[])).await;
        let seen: Vec<_> = changed.metadata.iter().map(|pair| (pair.key.as_str(), pair.visibility.activation)).collect();
        assert!(seen.contains(&("a", false)) && seen.contains(&("b", true)), "{seen:?}");
        let second = edit(&service, &ada.actor, record.id, &readers(&["a"], &[])).await;
        assert_eq!(conflicts(second.map(|outcome| outcome.map(|record| record.id))), ["visible_to_apps"]);
        let unknown = edit(&service, &ada.actor, record.id, &readers(&["c"], &["b"])).await;
        assert!(matches!(unknown.map(|outcome| outcome.map(|record| record.id)), Err(Error::Invalid(_))));
        let stored = show_record(&service, &ada.actor, record.id).await.unwrap();
        assert_eq!(stored.metadata, changed.metadata);
    }

    async fn a_form_changes_a_template_unless_another_member_did(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let product = service::product::show_record(&service, &ada.actor, ada.product.id).await.unwrap();
        let template = product.template.unwrap();
        let change = |machines: u32, shown: Limit, vm: bool, vm_was: bool| TemplateEdit {
            name: Edit { new: BoundedText::from_storage(template.name.clone()), shown: None },
            key: None,
            machine_limit: Some(Edit { new: Limit::new(machines), shown: Some(shown) }),
            domain_limit: None,
            rules: RulesEdit {
                allow_vm: Some(Edit { new: Some(vm), shown: Some(Some(vm_was)) }),
                ..RulesEdit::default()
            },
            required_metadata: Some(Edit { new: vec!["order".to_owned()], shown: Some(Vec::new()) }),
            required_meters: None,
        };
        let first = change(7, template.machine_limit, false, true);
        let theirs = license_template::edit(&service, &eve.actor, template.id, first.clone()).await;
        assert!(matches!(theirs, Err(Error::NotFound)));
        let changed = license_template::edit(&service, &ada.actor, template.id, first).await.unwrap();
        assert_eq!((changed.machine_limit, changed.rules.machines.allow_vm), (Limit::new(7), false));
        assert_eq!((changed.required_metadata, changed.key), (vec!["order".to_owned()], template.key.clone()));
        let followed = service::product::show(&service, &ada.actor, ada.product.id).await.unwrap();
        assert!(followed.machine_limit == Limit::new(7) && !followed.machines.allow_vm);
        let second = change(9, template.machine_limit, false, false);
        let second = license_template::edit(&service, &ada.actor, template.id, second).await;
        assert_eq!(conflicts(second), ["machine_limit"]);
        let stored = license_template::show(&service, &ada.actor, template.id).await.unwrap();
        assert_eq!(stored.machine_limit, Limit::new(7));
    }
}
