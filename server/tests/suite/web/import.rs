//! Import of a CSV file: upload, check, confirmation, and the round trip of an export.

use axum::body::Body;
use domain::license::NewLicense;
use domain::permission::Role;
use domain::view::LicenseQuery;
use http::Request;
use service::license::{issue, list};
use service::{license_import, new_id};

use super::Browser;
use crate::test_app::{TestApp, TestResponse};
use test_support::{Seller, TestDatabase, on_both_databases, person, seller};

/// Sends a file as the form of the page does.
async fn send(browser: &mut Browser<'_>, fields: &[(&str, &str)], file: &[u8]) -> TestResponse {
    const BOUNDARY: &str = "----boundary";
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let part = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"old shop.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n"
    );
    body.extend_from_slice(part.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let request = Request::post(app::IMPORT_PATH)
        .header("accept", "text/html")
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .header("host", "localhost")
        .header("origin", "http://localhost")
        .header("sec-fetch-site", "same-origin");
    browser.send(request, Body::from(body)).await
}

/// Runs the imports of all accounts to their end, as the worker does.
async fn run(app: &TestApp) {
    while license_import::run_pending(&app.service).await.unwrap() {}
}

/// Confirms the import of this page.
async fn confirm(browser: &mut Browser<'_>, page: &str, otherwise: &str) {
    let id = page.rsplit('/').next().unwrap();
    let confirmed =
        browser.submit(page, "/_fn/confirm_import", &[("id", id), ("otherwise", otherwise)]).await;
    assert_eq!((confirmed.status.as_u16(), confirmed.header("location")), (303, page));
}

on_both_databases! {
    async fn an_export_with_keys_is_imported_again(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let new = |count| NewLicense { count, ..NewLicense::for_product(ada.product.id) };
        issue(&app.service, &ada.actor, new(1000)).await.unwrap();
        issue(&app.service, &ada.actor, new(500)).await.unwrap();
        let mut browser = Browser::of(&app, &ada).await;
        let export = browser.get("/licenses/export.csv?keys=1&bom=1").await.text;
        let other = TestDatabase::sqlite();
        let other = TestApp::new(other).await;
        let bob = seller(&other.service, "ada").await;
        let mut browser = Browser::of(&other, &bob).await;
        let token = new_id().to_string();
        let sent = send(&mut browser, &[("form_token", &token), ("product", ""), ("keep_others", "on")], export.as_bytes()).await;
        let page = sent.header("location").to_owned();
        assert!(page.starts_with("/licenses/imports/"), "{page}");
        let checked = browser.get(&page).await.text;
        assert!(checked.contains("Import 1,500 licenses") && checked.contains("old shop.csv"), "{checked}");
        confirm(&mut browser, &page, "nothing").await;
        assert!(browser.get(&page).await.text.contains("Stop and import nothing"));
        run(&other).await;
        assert!(browser.get(&page).await.text.contains("Remove again"));
        let again = browser.get("/licenses/export.csv?keys=1&bom=1").await.text;
        let sorted = |text: &str| {
            let column = |row: csv::StringRecord| [0, 2, 3, 4, 5, 7, 9, 11, 12].map(|n| row[n].to_owned());
            let mut rows: Vec<_> =
                csv::Reader::from_reader(text.as_bytes()).records().map(|row| column(row.unwrap())).collect();
            rows.sort();
            rows
        };
        assert_eq!(sorted(&export), sorted(&again));
    }
}

#[tokio::test]
async fn unusable_files_are_refused_in_words_and_the_form_keeps_its_choices() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let mut browser = Browser::of(&app, &ada).await;
    for (file, fault) in [
        (&b"PK\x03\x04rest"[..], "Save the spreadsheet as CSV"),
        (b"a,b\n1,2\n", "The first row must name the columns"),
        (b"key,email\n", "The file has no rows"),
        (b"", "The file is empty"),
    ] {
        let token = new_id().to_string();
        let fields =
            [("form_token", token.as_str()), ("date_order", "day_first"), ("zero_is_unlimited", "on")];
        let refused = send(&mut browser, &fields, file).await;
        assert_eq!((refused.status.as_u16(), refused.header("location")), (303, "/licenses/import"));
        let form = browser.get("/licenses/import").await.text;
        assert!(form.contains(fault), "{fault}: {form}");
        assert!(form.contains("value=\"day_first\" selected"), "the choice is kept");
    }
    // An upload without a file, and without a form.
    let request = Request::post(app::IMPORT_PATH).header("sec-fetch-site", "same-origin");
    assert_eq!(browser.send(request, Body::empty()).await.header("location"), "/licenses/import");
    assert!(list(&app.service, &ada.actor, &LicenseQuery::default()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn faults_are_listed_and_downloaded_with_their_line_and_column() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let mut browser = Browser::of(&app, &ada).await;
    let product = ada.product.id.to_string();
    let token = new_id().to_string();
    let file = b"Serial;E-Mail;Status;Expiration date\nABC-12345;ada@x.example;Active;31.12.2027\n\
        ABC-12346;nobody;<img onerror=x>;soon\nabc-12345;;;\n";
    let sent = send(&mut browser, &[("form_token", &token), ("product", &product)], file).await;
    let page = sent.header("location").to_owned();
    let checked = browser.get(&page).await.text;
    assert!(checked.contains("Import the 1 license without faults"), "{checked}");
    let faults = browser.get(&format!("{page}/faults.csv")).await.text;
    let lines: Vec<_> = faults.lines().collect();
    assert_eq!(
        lines,
        [
            "line,column,kind,message",
            "3,E-Mail,fault,\"This must be an e-mail address, such as ada@example.com.\"",
            "3,Status,fault,\"This must be active, suspended, revoked or expired.\"",
            "3,Expiration date,fault,\"This must be a date such as 2027-01-31, a time such as 2027-01-31T12:00:00Z, or empty.\"",
            "4,Serial,fault,Line 2 has this key too.",
        ]
    );
    // The same form again leads to no second import.
    let again = send(&mut browser, &[("form_token", &token), ("product", &product)], file).await;
    assert_eq!(again.header("location"), "/licenses/import");
    confirm(&mut browser, &page, "skip").await;
    run(&app).await;
    assert_eq!(list(&app.service, &ada.actor, &LicenseQuery::default()).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn members_without_the_permission_cannot_import() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let (_, user, email) = person(&app.service, "sam", "ada", Role::Support).await;
    let mut support = Browser::of(&app, &Seller { user, email, ..ada.clone() }).await;
    assert!(support.get("/licenses/import").await.text.contains("Owners and admins import licenses."));
    let refused = send(&mut support, &[("form_token", "x")], b"key\nABC-12345\n").await;
    assert_eq!(refused.header("location"), "/licenses/import");
    let mut anonymous = Browser::new(&app);
    let refused = send(&mut anonymous, &[("form_token", "x")], b"key\nABC-12345\n").await;
    assert!(refused.status.as_u16() == 401 || refused.header("location").starts_with("/sign-in"));
    assert!(license_import::list(&app.service, &ada.actor).await.unwrap().is_empty());
}
