//! The pages of products: tabs that save their own fields, conflicts, limits of existing licenses, archived and
//! deleted products.

use domain::bounded_text::Name;
use domain::license::{Limit, NewLicense};
use domain::product::ProductSettings;
use service::bulk_job::run_pending;
use service::license::{issue, show};

use super::Browser;
use crate::test_app::TestApp;
use test_support::{license, on_both_databases, seller};

/// Returns the value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name}: {page}"));
    let value = page[at..].split("value=\"").nth(1).and_then(|rest| rest.split('"').next());
    value.unwrap_or_default().to_owned()
}

/// Returns whether a checkbox of a page is checked.
fn is_checked(page: &str, id: &str) -> bool {
    let (_, rest) = page.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}: {page}"));
    rest.split('>').next().is_some_and(|attributes| attributes.contains(" checked"))
}

on_both_databases! {
    async fn each_tab_saves_its_own_fields(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let id = ada.product.id.to_string();
        let path = format!("/products/{id}");
        let mut browser = Browser::of(&app, &ada).await;
        let (machines, meters) = (format!("{path}/machines"), format!("{path}/meters"));
        let fields = [("id", id.as_str()), ("lease", "90 min"), ("sync_interval", "3600"), ("sync_grace", "7 days"), ("trial_days", "2 weeks")];
        let saved = browser.submit(&machines, "/_fn/change_machines", &fields).await;
        assert_eq!((saved.status.as_u16(), saved.header("location")), (303, machines.as_str()));
        let page = browser.get(&machines).await.text;
        for text in ["Saved.", "1 hour 30 minutes", "1 hour", "7 days", "14 days"] {
            assert!(page.contains(text), "{text}: {page}");
        }
        browser.submit(&meters, "/_fn/change_meters", &[("id", &id), ("meters", "exports = 5")]).await;
        let stored = service::product::show(&app.service, &ada.actor, ada.product.id).await.unwrap();
        assert_eq!(stored.machines.lease.map(domain::machine::Seconds::get), Some(5400));
        assert_eq!((stored.meters.text().as_str(), stored.domain_limit), ("exports = 5", ada.product.domain_limit));
    }

    async fn numbers_of_a_program_stay_if_they_are_not_touched(db: TestDatabase) {
        use domain::license_rules::RuleOverrides;
        use service::license_template::{self, TemplateChange};
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (id, path) = (ada.product.id.to_string(), format!("/products/{}", ada.product.id));
        let record = service::product::show_record(&app.service, &ada.actor, ada.product.id).await.unwrap();
        let large = Limit::new(2_000_000);
        let change = TemplateChange {
            domain_limit: Some(large),
            machine_limit: Some(large),
            rules: RuleOverrides { deactivations: Some(2_000_000), sync_grace: Some(0), ..RuleOverrides::default() },
            ..TemplateChange::default()
        };
        let template = record.template.unwrap().id;
        license_template::update(&app.service, &ada.actor, template, &change).await.unwrap();
        let mut browser = Browser::of(&app, &ada).await;
        assert_eq!(hidden(&browser.get(&path).await.text, "domain_limit_was"), "=2000000");
        let mut fields = vec![
            ("id", id.as_str()), ("name", "Renamed"), ("name_was", "=ada plugin"), ("slug", "ada-plugin"),
            ("slug_was", "=ada-plugin"), ("domain_limit", "2000000"), ("domain_limit_was", "=2000000"),
            ("machine_limit", "5"), ("machine_limit_was", "=2000000"), ("key_prefix", "LIC"), ("key_prefix_was", "=LIC"),
        ];
        browser.submit(&path, "/_fn/change_licensing", &fields).await;
        assert!(browser.get(&path).await.text.contains("Saved."));
        let stored = service::product::show(&app.service, &ada.actor, ada.product.id).await.unwrap();
        assert_eq!((stored.name.as_str(), stored.domain_limit, stored.machine_limit), ("Renamed", large, Limit::new(5)));
        fields[5].1 = "3000000";
        browser.submit(&path, "/_fn/change_licensing", &fields).await;
        assert!(browser.get(&path).await.text.contains("A limit is a whole number"), "a touched one obeys the form");
        let machines = format!("{path}/machines");
        let page = browser.get(&machines).await.text;
        assert_eq!(hidden(&page, "sync_grace_was"), "=0 seconds");
        let fields = [
            ("id", id.as_str()), ("allow_vm_was", "=on"), ("allow_container", "on"), ("allow_container_was", "=on"),
            ("user_locked_was", "="), ("deactivation_limit", "2000000"), ("deactivation_limit_was", "=2000000"),
            ("sync_interval", "1 hour"), ("sync_interval_was", "=1 hour"), ("sync_grace", "0 seconds"),
            ("sync_grace_was", "=0 seconds"), ("lease", ""), ("lease_was", "="),
        ];
        browser.submit(&machines, "/_fn/change_machines", &fields).await;
        assert!(browser.get(&machines).await.text.contains("Saved."));
        let stored = service::product::show(&app.service, &ada.actor, ada.product.id).await.unwrap().machines;
        assert_eq!((stored.allow_vm, stored.deactivations), (false, large));
        assert_eq!(stored.sync.grace.map(domain::machine::Seconds::get), Some(0));
    }

    async fn second_member_sees_what_changed_and_can_replace_it(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let id = ada.product.id.to_string();
        let path = format!("/products/{id}");
        let mut browser = Browser::of(&app, &ada).await;
        assert_eq!(hidden(&browser.get(&path).await.text, "domain_limit_was"), "=1");
        let mut fields = vec![
            ("id", id.clone()), ("name", "ada plugin".to_owned()), ("name_was", "=ada plugin".to_owned()),
            ("slug", "ada-plugin".to_owned()), ("slug_was", "=ada-plugin".to_owned()),
            ("domain_limit", "7".to_owned()), ("domain_limit_was", "=1".to_owned()),
            ("machine_limit", "1".to_owned()), ("machine_limit_was", "=1".to_owned()),
            ("key_prefix", "LIC".to_owned()), ("key_prefix_was", "=LIC".to_owned()),
        ];
        let mut submit = async |fields: &[(&'static str, String)]| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.submit(&path, "/_fn/change_licensing", &fields).await;
            browser.get(&path).await.text
        };
        assert!(submit(&fields).await.contains("Saved."));
        // The page of the second member still shows the old limits.
        "9".clone_into(&mut fields[5].1);
        "3".clone_into(&mut fields[7].1);
        let page = submit(&fields).await;
        assert!(page.contains("It was changed to “7” meanwhile."), "{page}");
        assert!(page.contains("Another member changed what is marked."), "{page}");
        assert!(page.contains("The other change is by ") && page.contains("take the other version"), "{page}");
        let stored = service::product::show(&app.service, &ada.actor, ada.product.id).await.unwrap();
        assert_eq!(stored.machine_limit.slots(), Some(1), "nothing was saved");
        assert_eq!(hidden(&page, "domain_limit_was"), "=7");
        assert_eq!(hidden(&page, "machine_limit_was"), "=1");
        "=7".clone_into(&mut fields[6].1);
        assert!(submit(&fields).await.contains("Saved."));
        let stored = service::product::show(&app.service, &ada.actor, ada.product.id).await.unwrap();
        assert_eq!((stored.domain_limit.slots(), stored.machine_limit.slots()), (Some(9), Some(3)));
    }

    async fn changed_limit_is_applied_to_the_existing_licenses_of_the_product(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let id = ada.product.id.to_string();
        let path = format!("/products/{id}");
        let mut browser = Browser::of(&app, &ada).await;
        assert!(!browser.get(&path).await.text.contains("/_fn/start_bulk_job"), "it has no license");
        let (existing, _) = license(&app.service, &ada, 3).await;
        let settings = ProductSettings::with_name(Name::parse("name", "Other").unwrap());
        let other = service::product::create(&app.service, &ada.actor, settings).await.unwrap();
        let other = issue(&app.service, &ada.actor, NewLicense::for_product(other.id)).await.unwrap()[0].id;

        let page = browser.get(&path).await.text;
        assert!(page.contains("Apply to 1 license<") && !page.contains("until you apply it here"), "{page}");
        assert!(!is_checked(&page, "apply-domain_limit") && !is_checked(&page, "apply-machine_limit"), "{page}");
        let fields = [
            ("id", id.as_str()), ("name", "ada plugin"), ("name_was", "=ada plugin"), ("slug", "ada-plugin"),
            ("slug_was", "=ada-plugin"), ("domain_limit", "7"), ("domain_limit_was", "=1"), ("machine_limit", "1"),
            ("machine_limit_was", "=1"), ("key_prefix", "LIC"), ("key_prefix_was", "=LIC"),
        ];
        browser.submit(&path, "/_fn/change_licensing", &fields).await;
        let page = browser.get(&path).await.text;
        assert!(page.contains("Saved.") && page.contains("until you apply it here"), "{page}");
        assert!(is_checked(&page, "apply-domain_limit") && !is_checked(&page, "apply-machine_limit"), "{page}");
        assert_eq!(show(&app.service, &ada.actor, existing).await.unwrap().domain_limit, Limit::new(3));

        let token = hidden(&page, "form_token");
        let mut form = vec![("verb", "change_limits"), ("product", id.as_str()), ("form_token", token.as_str())];
        let refused = browser.submit(&path, "/_fn/start_bulk_job", &form).await;
        assert_eq!(refused.header("location"), path);
        let page = browser.get(&path).await.text;
        assert!(page.contains("Choose a limit to change."), "{page}");
        form.push(("domain_limit", "7"));
        let started = browser.submit(&path, "/_fn/start_bulk_job", &form).await;
        assert!(started.header("location").starts_with("/licenses/jobs/"), "{}", started.header("location"));
        while run_pending(&app.service).await.unwrap() {}
        let changed = show(&app.service, &ada.actor, existing).await.unwrap();
        assert_eq!((changed.domain_limit, changed.machine_limit), (Limit::new(7), Limit::new(1)));
        assert_eq!(show(&app.service, &ada.actor, other).await.unwrap().domain_limit, Limit::new(1));
    }

    async fn product_is_archived_restored_and_deleted(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let id = ada.product.id.to_string();
        let path = format!("/products/{id}");
        let mut browser = Browser::of(&app, &ada).await;
        assert!(browser.get(&path).await.text.contains("/_fn/delete_product"));
        license(&app.service, &ada, 1).await;
        assert!(!browser.get(&path).await.text.contains("/_fn/delete_product"), "it has a license");

        browser.submit(&path, "/_fn/archive_product", &[("id", &id)]).await;
        let page = browser.get(&path).await.text;
        assert!(page.contains("No license can be issued.") && !page.contains("/licenses/new?product="), "{page}");
        let list = browser.get("/products").await.text;
        assert!(list.contains(">Archived</h2>") && list.contains("/_fn/restore_product"), "{list}");
        assert!(browser.get("/licenses/new").await.text.contains("First a product"));
        let fields = [("product", id.as_str()), ("expiry", "never"), ("count", "1"), ("domain_limit", ""), ("machine_limit", "")];
        browser.submit("/licenses/new", "/_fn/issue_license", &fields).await;
        assert!(browser.get(&format!("/licenses?product={id}")).await.text.contains("ada plugin"));
        let stored = service::product::show(&app.service, &ada.actor, ada.product.id).await.unwrap();
        assert_eq!(stored.licenses, 1);

        browser.submit(&path, "/_fn/restore_product", &[("id", &id)]).await;
        assert!(browser.get(&path).await.text.contains("/licenses/new?product="));
        let fields = [("name", "Unused"), ("domain_limit", "1"), ("machine_limit", "1"), ("key_prefix", "LIC")];
        let made = browser.submit("/products/new", "/_fn/create_product", &fields).await;
        let unused = made.header("location").to_owned();
        let deleted = browser.submit(&unused, "/_fn/delete_product", &[("id", unused.trim_start_matches("/products/"))]).await;
        assert_eq!((deleted.status.as_u16(), deleted.header("location")), (303, "/products"));
        assert_eq!(browser.get(&unused).await.status, 404);
    }
}
