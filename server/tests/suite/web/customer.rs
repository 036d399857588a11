//! Pages and downloads of customers, and of licenses just issued, without JavaScript.

use domain::customer::CustomerRef;
use domain::license::NewLicense;
use domain::{CustomerId, Email};
use http::Request;
use serde_json::Value;
use service::Service;

use super::Browser;
use crate::test_app::{TestApp, TestResponse};
use test_support::{Seller, TestDatabase, license, on_both_databases, seller, texts};

/// Issues a license to a customer and returns the customer's id.
pub async fn holder(service: &Service, seller: &Seller) -> CustomerId {
    holder_named(service, seller, "Grace <b>Hopper</b>", "grace@navy.example", 1).await
}

async fn holder_named(service: &Service, seller: &Seller, name: &str, email: &str, count: u32) -> CustomerId {
    let email = Email::parse(email).unwrap();
    let request = NewLicense {
        customer_name: domain::bounded_text::Name::optional("name", name).unwrap(),
        customer_email: Some(email.clone()),
        count,
        ..NewLicense::for_product(seller.product.id)
    };
    service::license::issue(service, &seller.actor, request).await.unwrap();
    service::customer::find(service, &seller.actor, &CustomerRef::Email(email)).await.unwrap()
}

async fn download(browser: &mut Browser<'_>, uri: &str) -> TestResponse {
    browser.send(Request::get(uri).header("accept", "text/html"), axum::body::Body::empty()).await
}

/// The fields of the form that issues licenses.
fn issue_fields<'a>(
    product: &'a str,
    name: &'a str,
    email: &'a str,
    count: &'a str,
) -> Vec<(&'a str, &'a str)> {
    vec![
        ("product", product),
        ("customer_name", name),
        ("customer_email", email),
        ("domain_limit", ""),
        ("machine_limit", ""),
        ("expiry", "never"),
        ("expires_at", ""),
        ("count", count),
    ]
}

on_both_databases! {
    async fn every_customer_action_works_without_javascript(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (id, other) = (holder(&app.service, &ada).await, holder_named(&app.service, &ada, "Jean", "jean@eniac.example", 3).await);
        let mut browser = Browser::of(&app, &ada).await;
        let list = browser.get("/customers").await.text;
        assert!(list.contains("Grace &lt;b&gt;Hopper") && list.contains("jean@eniac.example"), "{list}");
        let found = browser.submit("/customers", "/_fn/search_customers", &[("q", "navy.ex")]).await;
        assert_eq!(found.header("location"), "/customers?q=navy%2Eex");
        let list = browser.get(found.header("location")).await.text;
        assert!(list.contains("grace@navy.example") && !list.contains("jean@"), "{list}");
        assert!(browser.get("/customers?q=nobody").await.text.contains("Nothing found"));

        let path = format!("/customers/{id}");
        let id = id.to_string();
        let edit = |name, email, name_was| vec![
            ("id", id.as_str()), ("shown", "1"), ("name_was", name_was), ("email_was", "grace@navy.example"), ("first_name", name), ("email", email),
        ];
        // An address of another customer: refused with the remedy, what was typed stays, and the panel opens.
        browser.submit(&path, "/_fn/update_customer", &edit("Grace H.", "jean@eniac.example", "Grace <b>Hopper</b>")).await;
        let page = browser.get(&path).await.text;
        assert!(page.contains("Another customer has this address. Merge the two"), "{page}");
        assert_eq!(page.matches("value=\"jean@eniac.example\"").count(), 2, "in the form and as the customer to merge: {page}");
        assert!(page.contains("value=\"Grace H.\""), "{page}");
        browser.submit(&path, "/_fn/update_customer", &edit("Grace H.", "grace@navy.example", "Grace <b>Hopper</b>")).await;
        assert!(browser.get(&path).await.text.contains("<h1>Grace H.</h1>"));
        // Another tab still shows the former name.
        browser.submit(&path, "/_fn/update_customer", &edit("G. Hopper", "grace@navy.example", "Grace <b>Hopper</b>")).await;
        let page = browser.get(&path).await.text;
        assert!(page.contains("Another user has changed the name to “Grace H.” meanwhile"), "{page}");
        assert!(page.contains("name=\"name_was\" value=\"Grace H.\"") && page.contains("value=\"G. Hopper\""), "{page}");

        browser.submit(&path, "/_fn/merge_customers", &[("id", &id), ("other", "nobody@x.example")]).await;
        assert!(browser.get(&path).await.text.contains("There is no such customer."));
        let other_page = format!("http://localhost/customers/{other}");
        browser.submit(&path, "/_fn/merge_customers", &[("id", &id), ("other", &other_page)]).await;
        let page = browser.get(&path).await.text;
        assert_eq!(page.matches("href=\"/licenses/").count(), 4 + 1, "four licenses, and the link to issue one: {page}");
        assert_eq!(browser.get(&format!("/customers/{other}")).await.status, 404);

        browser.submit(&path, "/_fn/erase_customer", &[("id", &id)]).await;
        let page = browser.get(&path).await.text;
        assert!(page.contains("Erased customer") && !page.contains("Grace") && !page.contains("erase_customer"), "{page}");
    }

    async fn another_name_is_asked_about_and_nothing_typed_is_lost(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        holder_named(&app.service, &ada, "Grace Hopper", "grace@navy.example", 1).await;
        let mut browser = Browser::of(&app, &ada).await;
        let product = ada.product.id.to_string();
        let mut fields = issue_fields(&product, "Grace Murray", "grace@navy.example", "7");
        browser.submit("/licenses/new", "/_fn/issue_license", &fields).await;
        let page = browser.get("/licenses/new").await.text;
        assert!(page.contains("Keep “Grace Hopper”") && page.contains("Change it to “Grace Murray”"), "{page}");
        assert!(page.contains("value=\"Grace Murray\"") && page.contains("value=\"7\""), "{page}");
        fields.push(("customer_name_conflict", "change"));
        let done = browser.submit("/licenses/new", "/_fn/issue_license", &fields).await;
        assert_eq!(done.header("location"), "/licenses/issued");
        let list = browser.get("/customers").await.text;
        assert!(list.contains("Grace Murray") && !list.contains("Grace Hopper"), "{list}");
        assert!(!browser.get("/licenses/new").await.text.contains("customer_name_conflict"));
    }
}

#[tokio::test]
async fn keys_of_issued_licenses_are_listed_and_downloaded_but_in_no_url_or_cookie() {
    let db = TestDatabase::sqlite();
    let url = db.url.clone();
    let app = TestApp::new(db).await;
    let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
    let mut browser = Browser::of(&app, &ada).await;
    let product = ada.product.id.to_string();
    assert!(browser.get("/licenses/issued").await.text.contains("Go to licenses"));
    let fields = issue_fields(&product, "=Grace, \"Hopper\"", "grace@navy.example", "500");
    let done = browser.submit("/licenses/new", "/_fn/issue_license", &fields).await;
    assert_eq!(done.header("location"), "/licenses/issued");
    let page = browser.get("/licenses/issued").await;
    assert!(page.text.contains("500 licenses issued") && page.text.len() < 40_000, "{}", page.text.len());
    assert_eq!(page.header("cache-control"), "no-store, no-transform");
    let keys: Vec<&str> = page.text.match_indices("LIC-").map(|(at, _)| &page.text[at..at + 23]).collect();
    assert_eq!(keys.len(), 500);
    assert!(
        !format!("{:?}", done.headers).contains("LIC-") && !format!("{:?}", page.headers).contains("LIC-")
    );
    let csv = download(&mut browser, "/licenses/issued.csv").await;
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"licenses.csv\"");
    assert_eq!(
        (csv.header("content-type"), csv.header("cache-control")),
        ("text/csv; charset=utf-8", "no-store")
    );
    let lines: Vec<&str> = csv.text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 501);
    assert!(lines[1].starts_with(keys[0]) && lines[500].starts_with(keys[499]));
    assert!(lines[1].contains(",\"'=Grace, \"\"Hopper\"\"\",grace@navy.example,1,1,"), "{}", lines[1]);
    let raw = sea_orm::Database::connect(&url).await.unwrap();
    let reveals =
        texts(&raw, "SELECT action AS text FROM audit_entries WHERE action = 'license.key_revealed'").await;
    assert_eq!(reveals.len(), 1000, "once on the page and once in the file");
    let sessions = texts(&raw, "SELECT data AS text FROM sessions").await;
    assert!(!sessions.iter().any(|session| session.contains("LIC-")));
    // Another member's session finds no licenses.
    let mut other = Browser::of(&app, &eve).await;
    assert!(!other.get("/licenses/issued").await.text.contains("LIC-"));
    assert!(!download(&mut other, "/licenses/issued.csv").await.text.contains("LIC-"));
    let mut anonymous = Browser::new(&app);
    let refused = download(&mut anonymous, "/licenses/issued.csv").await;
    assert_eq!(refused.status, 303, "to the sign-in page");
    let refused = anonymous
        .send(Request::get("/licenses/issued.csv").header("accept", "*/*"), axum::body::Body::empty())
        .await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn a_customer_is_downloaded_as_one_document() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let id = holder(&app.service, &ada).await;
    let mut browser = Browser::of(&app, &ada).await;
    let file = download(&mut browser, &format!("/customers/{id}/export.json")).await;
    assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"customer-{id}.json\""));
    let document: Value = serde_json::from_str(&file.text).unwrap();
    assert_eq!(document["customer"]["email"], "grace@navy.example");
    assert_eq!(document["licenses"].as_array().unwrap().len(), 1);
    let missing = download(&mut browser, "/customers/x/export.json").await;
    assert_eq!((missing.status.as_u16(), missing.header("location")), (303, "/customers/x"));
}

#[tokio::test]
async fn customers_are_suggested_while_typing() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    holder(&app.service, &ada).await;
    license(&app.service, &ada, 1).await;
    let mut browser = Browser::of(&app, &ada).await;
    let request = || {
        Request::post("/_fn/find_customers")
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
    };
    let hits = browser.send(request(), "q=grace".into()).await;
    assert_eq!(hits.text, r#"[{"name":"Grace <b>Hopper</b>","email":"grace@navy.example"}]"#);
    assert_eq!(browser.send(request(), "q=%20".into()).await.text, "[]");
    assert_eq!(Browser::new(&app).send(request(), "q=grace".into()).await.status, 401);
}

#[tokio::test]
async fn pages_of_customers_stay_below_the_size_limit() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    for n in 0..60 {
        let name = format!("{n} Grace Brewster Murray Hopper & Daughters, attorneys at law");
        holder_named(&app.service, &ada, &name, &format!("grace{n}@a-long-host-name.navy.example"), 1).await;
    }
    let id = holder_named(&app.service, &ada, "Grace Hopper", "grace@navy.example", 60).await;
    let mut browser = Browser::of(&app, &ada).await;
    for uri in ["/customers".to_owned(), format!("/customers/{id}")] {
        let page = browser.get(&uri).await.text;
        assert!(page.len() <= 40_000, "{uri}: {}", page.len());
    }
    let first = browser.get(&format!("/customers/{id}")).await.text;
    assert_eq!(first.matches("<td data-label=\"Product\"").count(), 25);
    let at = first.find("?before=").expect("older licenses");
    let older = browser.get(&format!("/customers/{id}{}", &first[at..at + 44])).await.text;
    assert_eq!(older.matches("<td data-label=\"Product\"").count(), 25);
    assert!(older.contains("Latest licenses"));
}
