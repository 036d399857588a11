//! Bulk changes by forms, without JavaScript.

use domain::license::Standing;
use domain::permission::Role;
use service::bulk_job::run_pending;
use service::license::show;

use super::Browser;
use crate::test_app::TestApp;
use test_support::{Seller, TestDatabase, license, on_both_databases, person, seller};

/// Returns the value of the first input of this name.
fn input_value(page: &str, name: &str) -> String {
    let (_, rest) =
        page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// Returns the hidden fields of the page's form.
fn fields<'a>(page: &str, names: &[&'a str]) -> Vec<(&'a str, String)> {
    names.iter().map(|name| (*name, input_value(page, name))).collect()
}

fn as_pairs<'a>(fields: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

async fn standing(app: &TestApp, seller: &Seller, id: domain::LicenseId) -> Standing {
    show(&app.service, &seller.actor, id).await.unwrap().standing
}

on_both_databases! {
    async fn selected_licenses_are_suspended_and_reinstated_by_undo(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let ids = [license(&app.service, &ada, 1).await.0, license(&app.service, &ada, 1).await.0, license(&app.service, &ada, 1).await.0];
        let mut browser = Browser::of(&app, &ada).await;
        let list = browser.get("/licenses").await.text;
        assert!(list.contains("action=\"/licenses/bulk\"") && list.contains("name=\"all\""), "{list}");
        for id in ids {
            assert!(list.contains(&format!("value=\"{}\"", id.0.simple())), "{list}");
        }
        let path = format!("/licenses/bulk?verb=suspend&license={}&license={}", ids[0].0.simple(), ids[2].0.simple());
        let page = browser.get(&path).await.text;
        assert!(page.contains("Suspend: 2 licenses") && page.contains("stop verifying at once"), "{page}");
        let mut form = fields(&page, &["verb", "form_token", "licenses"]);
        form.push(("reason", "chargeback".to_owned()));
        let started = browser.submit(&path, "/_fn/start_bulk_job", &as_pairs(&form)).await;
        let job = started.header("location").to_owned();
        assert!(job.starts_with("/licenses/jobs/"), "{job}");
        let again = browser.submit(&path, "/_fn/start_bulk_job", &as_pairs(&form)).await;
        assert_eq!(again.header("location"), job, "a double submit");
        let running = browser.get(&job).await.text;
        assert!(running.contains("<progress") && running.contains("/_fn/stop_bulk_job"), "{running}");
        assert!(running.contains("http-equiv=\"refresh\""), "{running}");
        while run_pending(&app.service).await.unwrap() {}
        let done = browser.get(&job).await.text;
        assert!(done.contains("Done") && !done.contains("<progress") && !done.contains("http-equiv=\"refresh\""), "{done}");
        assert_eq!(standing(&app, &ada, ids[0]).await, Standing::Suspended);
        assert_eq!(standing(&app, &ada, ids[1]).await, Standing::Active);

        let form = fields(&done, &["id", "form_token"]);
        let undo = browser.submit(&job, "/_fn/undo_bulk_job", &as_pairs(&form)).await.header("location").to_owned();
        while run_pending(&app.service).await.unwrap() {}
        assert_eq!(standing(&app, &ada, ids[0]).await, Standing::Active);
        let jobs = browser.get("/licenses/jobs").await.text;
        assert!(jobs.contains("Undo: Suspend") && jobs.contains(&undo) && jobs.contains(&job), "{jobs}");
    }

    async fn all_that_match_are_changed_and_a_refused_form_keeps_its_fields(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (first, _) = license(&app.service, &ada, 1).await;
        let (revoked, _) = license(&app.service, &ada, 1).await;
        service::license::revoke(&app.service, &ada.actor, revoked, None).await.unwrap();
        let mut browser = Browser::of(&app, &ada).await;
        let path = "/licenses/bulk?verb=change_limits&all=on&standing=active&license=0";
        let page = browser.get(path).await.text;
        assert!(page.contains("Change limits: 1 license<"), "{page}");
        let mut form = fields(&page, &["verb", "form_token", "standing"]);
        form.push(("domain_limit", "-1".to_owned()));
        let refused = browser.submit(path, "/_fn/start_bulk_job", &as_pairs(&form)).await;
        assert_eq!(refused.header("location"), path);
        let page = browser.get(path).await.text;
        assert!(page.contains("A limit is a whole number") && page.contains("value=\"-1\""), "{page}");
        form[3] = ("domain_limit", "7".to_owned());
        form[1].1 = input_value(&page, "form_token");
        browser.submit(path, "/_fn/start_bulk_job", &as_pairs(&form)).await;
        while run_pending(&app.service).await.unwrap() {}
        let shown = show(&app.service, &ada.actor, first).await.unwrap();
        assert_eq!(shown.domain_limit.slots(), Some(7));
        let nothing = browser.get("/licenses/bulk?verb=suspend&standing=active").await.text;
        assert!(nothing.contains("Nothing is selected") && nothing.contains("/licenses?standing=active"), "{nothing}");
        let nothing = browser.get("/licenses/bulk?verb=suspend&all=on&standing=expired").await.text;
        assert!(nothing.contains("No license matches"), "{nothing}");
    }
}

#[tokio::test]
async fn a_viewer_sees_jobs_and_cannot_change_licenses() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let (id, _) = license(&app.service, &ada, 1).await;
    let (_, user, email) = person(&app.service, "vera", "ada", Role::Viewer).await;
    let mut browser = Browser::of(&app, &Seller { user, email, ..ada.clone() }).await;
    let list = browser.get("/licenses").await.text;
    assert!(
        list.contains(&id.to_string())
            && !list.contains("/licenses/bulk")
            && !list.contains("name=\"license\"")
    );
    let path = format!("/licenses/bulk?verb=suspend&license={id}");
    assert!(!browser.get(&path).await.text.contains("/_fn/start_bulk_job"));
    let form = [("verb", "suspend"), ("licenses", &id.to_string()), ("form_token", "t")]
        .map(|(a, b)| (a, b.to_owned()));
    let refused = browser.submit(&path, "/_fn/start_bulk_job", &as_pairs(&form)).await;
    assert!(refused.header("location").starts_with("/licenses/bulk"));
    assert_eq!(browser.get("/licenses/jobs").await.status, 200);
    assert_eq!(standing(&app, &ada, id).await, Standing::Active);
}
