//! The audit log: page, verification and export, without JavaScript.

use domain::bounded_text::Name;
use domain::license::{NewLicense, Reason};
use domain::permission::Role;
use service::Clock;
use service::audit::seal_batch;
use service::license::{issue, suspend};

use super::Browser;
use crate::test_app::TestApp;
use test_support::{Seller, TestDatabase, license, on_both_databases, person, seller, texts};

/// A service on the same database whose clock is an hour ahead seals all entries.
async fn seal(url: &str, master: &str) {
    let db = TestDatabase { url: url.to_owned(), master: master.to_owned(), ..TestDatabase::sqlite() };
    let service = db.open_at(Clock::manual(Clock::System.now().plus_seconds(3600))).await;
    while seal_batch(&service).await.unwrap() {}
}

on_both_databases! {
    async fn page_shows_filters_and_verifies_the_log(db: TestDatabase) {
        let (url, master) = (db.url.clone(), db.master.clone());
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let (id, _) = license(&app.service, &ada, 1).await;
        let mut browser = Browser::of(&app, &ada).await;
        let (id_text, reason) = (id.to_string(), "Chargeback of May");
        let sent = browser.submit(&format!("/licenses/{id}"), "/_fn/suspend_license", &[("id", &id_text), ("reason", reason)]).await;
        assert_eq!(sent.status, 303);
        let page = browser.get("/audit").await;
        assert_eq!(page.status, 200);
        for text in ["Suspended", reason, &format!("/licenses/{id}"), "Product created"] {
            assert!(page.text.contains(text), "{text}: {}", page.text);
        }
        // The address of the request.
        assert!(page.text.contains("192.0.2.1"), "{}", page.text);
        let filtered = browser.get("/audit?event=product.created&from=2020-01-01").await.text;
        assert!(filtered.contains("/products/") && !filtered.contains(reason), "{filtered}");
        let none = browser.get("/audit?to=2020-01-01").await.text;
        assert!(none.contains("No entry matches"), "{none}");
        let verified = browser.get("/audit?verify=1").await.text;
        assert!(verified.contains("No entry is sealed yet."), "{verified}");
        seal(&url, &master).await;
        let verified = browser.get("/audit?verify=1").await.text;
        assert!(verified.contains("Nothing was changed or removed."), "{verified}");
        let raw = sea_orm::Database::connect(&url).await.unwrap();
        sea_orm::ConnectionTrait::execute_unprepared(&raw, "UPDATE audit_entries SET detail = 'x' WHERE action = 'license.suspended'").await.unwrap();
        let verified = browser.get("/audit?verify=1").await.text;
        assert!(verified.contains("The log breaks at position") && verified.contains("changed after it was sealed"), "{verified}");
        // Another seller sees and verifies her own log.
        let mut theirs = Browser::of(&app, &eve).await;
        let page = theirs.get(&format!("/audit?object=license:{id}")).await.text;
        assert!(page.contains("No entry matches"), "{page}");
        let verified = theirs.get("/audit?verify=1").await.text;
        assert!(verified.contains("Nothing was changed or removed."), "{verified}");
    }
}

#[tokio::test]
async fn export_is_guarded_against_formulas_and_recorded() {
    let db = TestDatabase::sqlite();
    let url = db.url.clone();
    let app = TestApp::new(db).await;
    let ada = seller(&app.service, "ada").await;
    let new = NewLicense {
        customer_name: Some(Name::parse("name", "=HYPERLINK(\"x\")").unwrap()),
        ..NewLicense::for_product(ada.product.id)
    };
    let id = issue(&app.service, &ada.actor, new).await.unwrap()[0].id;
    let reason = Reason::parse("reason", "=1+1, \"quoted\"").unwrap();
    suspend(&app.service, &ada.actor, id, Some(reason)).await.unwrap();
    let (_, user, email) = person(&app.service, "vera", "ada", Role::Viewer).await;
    let mut viewer = Browser::of(&app, &Seller { user, email, ..ada.clone() }).await;
    let file = viewer.get("/audit/export.csv?event=changes").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"audit-log-2"));
    let mut reader = csv::Reader::from_reader(file.text.as_bytes());
    let columns: Vec<&str> = reader.headers().unwrap().iter().collect();
    let expected = [
        "entry_id",
        "time",
        "actor_kind",
        "actor",
        "address",
        "action",
        "detail",
        "object_kind",
        "object_id",
        "object",
    ];
    assert_eq!(columns, expected);
    let rows: Vec<_> = reader.records().map(|row| row.unwrap()).collect();
    let suspended = rows.iter().find(|row| &row[5] == "license.suspended").unwrap();
    assert_eq!((&suspended[2], &suspended[3], &suspended[6]), ("member", "ada", "'=1+1, \"quoted\""));
    assert_eq!((&suspended[7], suspended[8].to_owned()), ("license", id.to_string()));
    let raw = sea_orm::Database::connect(&url).await.unwrap();
    let sql = "SELECT actor_name || ' ' || ip AS text FROM audit_entries WHERE action = 'audit_log.exported'";
    assert_eq!(texts(&raw, sql).await, ["vera 192.0.2.1"]);
    assert_eq!(app.get("/audit/export.csv").await.status, 401);
}
