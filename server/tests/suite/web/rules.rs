//! The pages of rules: of a license, of its own fields' readers, and of license templates.

use domain::LicenseId;
use domain::permission::Role;
use service::license::record::LicenseRecord;

use super::Browser;
use crate::test_app::TestApp;
use test_support::{Seller, license, on_both_databases, person, seller};

/// Maximum size of a page in bytes.
const MAX_PAGE_BYTES: usize = 40_000;

/// Returns the value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name}: {page}"));
    let value = page[at..].split("value=\"").nth(1).and_then(|rest| rest.split('"').next());
    value.unwrap_or_default().to_owned()
}

async fn record(app: &TestApp, seller: &Seller, id: LicenseId) -> LicenseRecord {
    service::license::show_record(&app.service, &seller.actor, id).await.unwrap()
}

on_both_databases! {
    async fn a_license_gets_rules_of_its_own_and_follows_its_product_again(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (license_id, _) = license(&app.service, &ada, 1).await;
        let (id, page) = (license_id.to_string(), format!("/licenses/{license_id}"));
        let path = format!("{page}/rules");
        let mut browser = Browser::of(&app, &ada).await;
        let form = browser.get(&path).await.text;
        assert!(form.contains("As the product (Yes)") && form.contains("as the product (1 hour)"), "{form}");
        assert!(form.contains("As the product (Exact: all parts are the same)"), "{form}");
        assert!(form.len() <= MAX_PAGE_BYTES, "{}", form.len());
        assert!(browser.get(&page).await.text.contains("It follows its product in all of them."));

        let mut fields = vec![
            ("id", id.as_str()), ("allow_vm", "no"), ("allow_vm_was", "="), ("sync_interval", "2 hours"),
            ("sync_interval_was", "="), ("sync_grace", "unlimited"), ("sync_grace_was", "="),
            ("ip_ranges", "10.0.0.0/8\r\n192.0.2.1"), ("ip_ranges_was", "="), ("max_release", "2.1"), ("max_release_was", "="),
        ];
        let saved = browser.submit(&path, "/_fn/change_license_rules", &fields).await;
        assert_eq!((saved.status.as_u16(), saved.header("location")), (303, path.as_str()));
        let form = browser.get(&path).await.text;
        assert!(form.contains("Saved.") && form.contains("value=\"2 hours\""), "{form}");
        assert_eq!((hidden(&form, "allow_vm_was"), hidden(&form, "lease_was")), ("=no".to_owned(), "=".to_owned()));
        let stored = record(&app, &ada, license_id).await.rules;
        assert!(!stored.machines.allow_vm && stored.machines.allow_container);
        assert_eq!(stored.machines.sync.interval.map(domain::machine::Seconds::get), Some(7200));
        assert_eq!(stored.rules.addresses.ranges.len(), 2);
        let shown = browser.get(&page).await.text;
        assert!(shown.contains("Its own") && shown.contains("10.0.0.0/8, 192.0.2.1") && shown.contains("Newest release"), "{shown}");

        // The rule follows the product; a rule that the form does not send stays.
        fields.truncate(3);
        fields[1].1 = "";
        fields[2].1 = "=no";
        browser.submit(&path, "/_fn/change_license_rules", &fields).await;
        assert!(browser.get(&path).await.text.contains("Saved."));
        let stored = record(&app, &ada, license_id).await.rules;
        assert!(stored.machines.allow_vm);
        assert_eq!(stored.machines.sync.interval.map(domain::machine::Seconds::get), Some(7200));
    }

    async fn a_refused_rule_is_named_and_keeps_the_typed_text(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (license_id, _) = license(&app.service, &ada, 1).await;
        let (id, path) = (license_id.to_string(), format!("/licenses/{license_id}/rules"));
        let mut browser = Browser::of(&app, &ada).await;
        let fields = [
            ("id", id.as_str()), ("sync_interval", "soon"), ("sync_interval_was", "="), ("denied_addresses", "host</textarea>"),
            ("denied_addresses_was", "="), ("allow_vm", "no"), ("allow_vm_was", "="),
        ];
        browser.submit(&path, "/_fn/change_license_rules", &fields).await;
        let form = browser.get(&path).await.text;
        assert!(form.contains("Please correct what is marked.") && form.contains("This is a duration such as"), "{form}");
        assert!(form.contains("value=\"soon\"") && form.contains("host&lt;/textarea&gt;"), "{form}");
        assert!(form.contains("is no address."), "{form}");
        assert!(record(&app, &ada, license_id).await.rules.machines.allow_vm, "nothing was saved");
    }

    async fn second_member_sees_which_rule_changed_and_can_replace_it(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (license_id, _) = license(&app.service, &ada, 1).await;
        let (id, path) = (license_id.to_string(), format!("/licenses/{license_id}/rules"));
        let mut browser = Browser::of(&app, &ada).await;
        let mut submit = async |new: &str, was: &str| {
            let fields = [("id", id.as_str()), ("allow_vm", new), ("allow_vm_was", was)];
            browser.submit(&path, "/_fn/change_license_rules", &fields).await;
            browser.get(&path).await.text
        };
        assert!(submit("no", "=").await.contains("Saved."));
        let form = submit("yes", "=").await;
        assert!(form.contains("It was changed to “no” meanwhile.") && form.contains("The other change is by "), "{form}");
        assert_eq!(hidden(&form, "allow_vm_was"), "=no");
        assert!(!record(&app, &ada, license_id).await.rules.machines.allow_vm);
        assert!(submit("yes", "=no").await.contains("Saved."));
        assert!(record(&app, &ada, license_id).await.rules.machines.allow_vm);
    }

    async fn a_form_of_a_trial_policy_keeps_what_another_member_changed(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let new = service::trial_policy::TrialPolicyChange {
            name: domain::bounded_text::BoundedText::parse("name", "Trial").ok(),
            length: Some(domain::machine::Seconds::new(1_209_600)),
            ..Default::default()
        };
        let policy = service::trial_policy::create(&app.service, &ada.actor, &new).await.unwrap().id;
        let (id, path) = (policy.to_string(), format!("/trial-policies/{policy}"));
        let mut browser = Browser::of(&app, &ada).await;
        let form = browser.get(&path).await.text;
        assert_eq!((hidden(&form, "trial_days_was"), hidden(&form, "trial_limit_was")), ("=14 days".to_owned(), "=".to_owned()));
        let mut submit = async |days: &str, limit: &str| {
            let fields = [
                ("id", id.as_str()), ("name", "Trial"), ("name_was", "=Trial"), ("trial_days", days),
                ("trial_days_was", "=14 days"), ("trial_limit", limit), ("trial_limit_was", "="), ("allow_vm", "on"),
                ("allow_vm_was", "=on"), ("allow_container", "on"), ("allow_container_was", "=on"),
            ];
            browser.submit(&path, "/_fn/change_trial_policy", &fields).await;
            browser.get(&path).await.text
        };
        assert!(submit("14 days", "5").await.contains("Saved."));
        assert!(submit("30 days", "").await.contains("Saved."));
        let form = submit("7 days", "").await;
        assert!(form.contains("It was changed to “30 days” meanwhile.") && form.contains("value=\"7 days\""), "{form}");
        assert_eq!(hidden(&form, "trial_days_was"), "=30 days");
        let stored = service::trial_policy::show(&app.service, &ada.actor, policy).await.unwrap();
        assert_eq!((stored.rules.days(), stored.rules.limit.slots()), (30, Some(5)));
    }

    async fn viewers_other_sellers_and_revoked_licenses_change_no_rule(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let (license_id, _) = license(&app.service, &ada, 1).await;
        let (id, path) = (license_id.to_string(), format!("/licenses/{license_id}/rules"));
        let fields = [("id", id.as_str()), ("allow_vm", "no"), ("allow_vm_was", "=")];
        let (_, user, email) = person(&app.service, "vera", "ada", Role::Viewer).await;
        let viewer = Seller { user, email, ..ada.clone() };
        for other in [&viewer, &eve] {
            let mut browser = Browser::of(&app, other).await;
            assert!(!browser.get(&path).await.text.contains("/_fn/change_license_rules"));
            browser.submit(&path, "/_fn/change_license_rules", &fields).await;
            assert!(record(&app, &ada, license_id).await.rules.machines.allow_vm);
        }
        assert_eq!(Browser::of(&app, &eve).await.get(&path).await.status, 404);
        service::license::revoke(&app.service, &ada.actor, license_id, None).await.unwrap();
        let mut browser = Browser::of(&app, &ada).await;
        browser.submit(&path, "/_fn/change_license_rules", &fields).await;
        let page = browser.get(&path).await.text;
        assert!(page.contains("This license has been revoked") && !page.contains("/_fn/change_license_rules"), "{page}");
    }

    async fn a_seller_chooses_who_sees_a_field(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (license_id, _) = license(&app.service, &ada, 1).await;
        let (id, path) = (license_id.to_string(), format!("/licenses/{license_id}"));
        let mut browser = Browser::of(&app, &ada).await;
        let fields = [("id", id.as_str()), ("metadata", "order = 1\nplan = team"), ("metadata_was", "")];
        browser.submit(&path, "/_fn/set_license_metadata", &fields).await;
        let mut submit = async |apps: &str, was: &str| {
            let fields = [
                ("id", id.as_str()), ("visible_to_apps", apps), ("visible_to_apps_was", was),
                ("visible_to_customer", "plan"), ("visible_to_customer_was", "="),
            ];
            browser.submit(&path, "/_fn/set_metadata_readers", &fields).await;
            browser.get(&path).await.text
        };
        let page = submit("nope", "=").await;
        assert!(page.contains("The license has no field “nope”."), "{page}");
        let page = submit("order", "=").await;
        assert!(page.contains("Apps see it.") && page.contains("The customer sees it."), "{page}");
        let stored = record(&app, &ada, license_id).await.metadata;
        let words: Vec<_> = stored.iter().map(|pair| (pair.key.as_str(), pair.visibility.words())).collect();
        assert!(words.contains(&("order", vec!["activation"])) && words.contains(&("plan", vec!["user"])), "{words:?}");
        // The form of another member showed that no app sees a field.
        assert!(submit("plan", "=").await.contains("It was changed to “order” meanwhile."));
    }

    async fn a_template_is_made_and_changed_with_all_rules(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let mut browser = Browser::of(&app, &ada).await;
        let new = browser.get("/license-templates/new").await.text;
        assert!(new.len() <= MAX_PAGE_BYTES && new.contains("value=\"30 days\""), "{new}");
        let mut fields = vec![
            ("name", "Floating"), ("key", "["), ("machine_limit", "8"), ("domain_limit", "unlimited"), ("kind", "hosted-floating"),
            ("lease", "15 min"), ("interval", "1 year"), ("start", "activation"), ("required_metadata", "order_id"), ("allow_vm", "no"),
        ];
        browser.submit("/license-templates/new", "/_fn/create_license_template", &fields).await;
        let refused = browser.get("/license-templates/new").await.text;
        assert!(refused.contains("Please correct what is marked.") && refused.contains("value=\"[\""), "{refused}");
        fields[1].1 = "TPL";
        let made = browser.submit("/license-templates/new", "/_fn/create_license_template", &fields).await;
        let page = made.header("location").to_owned();
        let template: domain::LicenseTemplateId = page.trim_start_matches("/license-templates/").parse().unwrap();
        let stored = async || service::license_template::show(&app.service, &ada.actor, template).await.unwrap();
        let record = stored().await;
        assert_eq!((record.key.short().as_str(), record.machine_limit.slots(), record.domain_limit.slots()), ("TPL", Some(8), None));
        assert_eq!(record.rules.machines.lease.map(domain::machine::Seconds::get), Some(900));
        assert_eq!(record.rules.expiry.start.as_str(), "activation");
        assert!(!record.rules.machines.allow_vm && record.required_metadata == ["order_id"]);
        let shown = browser.get(&page).await.text;
        assert!(shown.contains("15 minutes") && shown.contains("order_id") && shown.contains("/edit\""), "{shown}");

        let edit = format!("{page}/edit");
        let form = browser.get(&edit).await.text;
        assert!(form.len() <= MAX_PAGE_BYTES, "{}", form.len());
        assert_eq!((hidden(&form, "key_was"), hidden(&form, "lease_was")), ("=TPL".to_owned(), "=15 minutes".to_owned()));
        let id = template.to_string();
        let mut submit = async |lease: &str, was: &str| {
            let fields = [
                ("id", id.as_str()), ("name", "Floating"), ("name_was", "=Floating"), ("lease", lease), ("lease_was", was),
            ];
            browser.submit(&edit, "/_fn/change_license_template", &fields).await;
            browser.get(&edit).await.text
        };
        assert!(submit("1 hour", "=15 minutes").await.contains("Saved."));
        let form = submit("2 hours", "=15 minutes").await;
        assert!(form.contains("It was changed to “1 hour” meanwhile.") && form.contains("The other change is by "), "{form}");
        assert!(submit("2 hours", "=1 hour").await.contains("Saved."));
        let record = stored().await;
        assert_eq!(record.rules.machines.lease.map(domain::machine::Seconds::get), Some(7200));
        assert_eq!(record.key.short(), "TPL", "what the form does not send stays");

        let mut browser = Browser::of(&app, &eve).await;
        assert_eq!(browser.get(&edit).await.status, 404);
        browser.submit(&edit, "/_fn/change_license_template", &[("id", &id), ("name", "Theirs")]).await;
        assert_eq!(stored().await.name, "Floating");
        let (_, user, email) = person(&app.service, "sam", "ada", Role::Support).await;
        let mut browser = Browser::of(&app, &Seller { user, email, ..ada.clone() }).await;
        assert!(!browser.get(&edit).await.text.contains("/_fn/change_license_template"));
        browser.submit(&edit, "/_fn/change_license_template", &[("id", &id), ("name", "Theirs")]).await;
        assert_eq!(stored().await.name, "Floating");
    }
}
