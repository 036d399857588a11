//! CSV export of license lists.

use domain::bounded_text::Name;
use domain::license::NewLicense;
use domain::permission::Role;
use service::license::{issue, revoke};

use super::Browser;
use crate::test_app::TestApp;
use test_support::{Seller, TestDatabase, on_both_databases, person, seller};

on_both_databases! {
    async fn lists_are_exported_in_batches_and_guarded_against_formulas(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let to = |name: &str, count| NewLicense {
            customer_name: Some(Name::parse("name", name).unwrap()),
            count,
            ..NewLicense::for_product(ada.product.id)
        };
        let formula = issue(&app.service, &ada.actor, to("=HYPERLINK(\"x\")", 1)).await.unwrap().remove(0);
        for _ in 0..2 {
            issue(&app.service, &ada.actor, to("Grace, \"Amazing\"\nHopper", 1000)).await.unwrap();
        }
        revoke(&app.service, &ada.actor, formula.id, None).await.unwrap();
        issue(&app.service, &eve.actor, NewLicense::for_product(eve.product.id)).await.unwrap();
        let mut browser = Browser::of(&app, &ada).await;
        let file = browser.get("/licenses/export.csv?sort=oldest").await;
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert!(file.header("content-disposition").starts_with("attachment; filename=\"licenses-2"));
        assert_eq!(file.header("cache-control"), "no-store");
        let mut reader = csv::Reader::from_reader(file.text.as_bytes());
        assert_eq!(reader.headers().unwrap().iter().next(), Some("license_key"));
        let rows: Vec<_> = reader.records().map(|row| row.unwrap()).collect();
        assert_eq!(rows.len(), 2001);
        let tail = format!("…{}", formula.key.last_four());
        assert_eq!(rows[0].iter().take(4).collect::<Vec<_>>(), [tail.as_str(), &formula.id.to_string(), "ada-plugin", "'=HYPERLINK(\"x\")"]);
        assert_eq!((&rows[0][5], &rows[1][3]), ("revoked", "Grace, \"Amazing\"\nHopper"));
        assert!(!file.text.contains(formula.key.expose()) && file.text.contains("\r\n"));
        let revoked = browser.get("/licenses/export.csv?standing=revoked&bom=1").await.text;
        assert!(revoked.starts_with('\u{feff}') && revoked.lines().count() == 2, "{revoked}");
        let none = browser.get("/licenses/export.csv?standing=expired").await.text;
        assert_eq!(none.lines().count(), 1, "the header alone");
        let theirs = Browser::of(&app, &eve).await.get("/licenses/export.csv").await.text;
        assert_eq!(theirs.lines().count(), 2);
    }
}

#[tokio::test]
async fn keys_are_exported_to_members_who_may_reveal_them_and_recorded() {
    let db = TestDatabase::sqlite();
    let url = db.url.clone();
    let app = TestApp::new(db).await;
    let ada = seller(&app.service, "ada").await;
    let issued =
        issue(&app.service, &ada.actor, NewLicense::for_product(ada.product.id)).await.unwrap().remove(0);
    let (_, user, email) = person(&app.service, "vera", "ada", Role::Viewer).await;
    let mut viewer = Browser::of(&app, &Seller { user, email, ..ada.clone() }).await;
    assert_eq!(viewer.get("/licenses/export.csv").await.status, 200);
    let refused = viewer.get("/licenses/export.csv?keys=1").await;
    assert_eq!((refused.status.as_u16(), refused.header("location")), (303, "/licenses"));
    let file = Browser::of(&app, &ada).await.get("/licenses/export.csv?keys=1").await.text;
    assert!(file.contains(issued.key.expose()), "{file}");
    let connection = sea_orm::Database::connect(&url).await.unwrap();
    let sql = "SELECT actor_name AS text FROM audit_entries WHERE action = 'license.keys_exported'";
    assert_eq!(test_support::texts(&connection, sql).await, ["ada"]);
    let anonymous = app.get("/licenses/export.csv").await;
    assert_eq!(anonymous.status, 401);
}
