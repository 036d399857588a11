//! Size limits and pagination of pages with many entries.

use domain::bounded_text::Name;
use domain::license::{Limit, NewLicense};
use domain::organization::OrganizationInput;
use domain::tag::TagName;
use serde_json::json;
use service::license::issue;

use super::Browser;
use crate::test_app::TestApp;
use test_support::{TestDatabase, seller};

/// Maximum size of a list page in bytes.
const MAX_PAGE_BYTES: usize = 40_000;

#[tokio::test]
async fn license_list_page_stays_below_the_size_limit() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let name = Name::parse("name", "Grace Brewster Murray Hopper & Daughters").unwrap();
    let new_license =
        NewLicense { count: 120, customer_name: Some(name), ..NewLicense::for_product(ada.product.id) };
    issue(&app.service, &ada.actor, new_license).await.unwrap();
    let mut browser = Browser::of(&app, &ada).await;
    let page = browser.get("/licenses").await;
    assert_eq!(page.text.matches("Daughters</").count(), 50);
    assert!(page.text.len() <= MAX_PAGE_BYTES, "{}", page.text.len());
}

/// The demo's overview has each of its sections: a month of verifications, reasons with refusals, lists.
#[tokio::test]
async fn full_pages_of_a_busy_seller_stay_below_the_size_limit() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let demo = service::demo::create(&app.service, 300, |_, _| {}).await.unwrap();
    let mut browser = Browser::new(&app);
    let sign_in = [("email", demo.email.as_str()), ("password", demo.password.as_str())];
    assert_eq!(browser.submit("/sign-in", "/_fn/sign_in", &sign_in).await.header("location"), "/");
    let overview = browser.get("/").await;
    assert!(overview.text.contains("latest-expired"), "no refusals");
    let of_product = link_target(&browser.get("/products").await.text, "Aurora Forms");
    let product = of_product.rsplit('/').next().unwrap();
    let lists = ["/licenses", "/licenses?sort=expiry", &format!("/licenses?sort=expiry&product={product}")];
    for path in ["/", "/audit", "/customers"].into_iter().chain(lists) {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.len() <= MAX_PAGE_BYTES, "{path}: {}", page.text.len());
    }
}

#[tokio::test]
async fn pages_of_a_shop_stay_below_the_size_limit() {
    use domain::purchase::{MAX_PRICES, PriceId, PriceTerms, ShopProvider};
    use test_support::shop;
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let made = shop::connect(&app.service, &ada, ShopProvider::Stripe, shop::settings()).await.id;
    for n in 0..MAX_PRICES {
        let price = PriceId::parse("price", &format!("price_1ABCDEFGHIJKLMNOPQRST{n:03}")).unwrap();
        service::purchase::set_price(&app.service, &ada.actor, made, &price, PriceTerms::default())
            .await
            .unwrap();
    }
    for n in 0..25 {
        let bought = shop::checkout(&format!("cs_{n}"), &format!("pi_{n}"), "plink_1");
        let now = app.service.now();
        let body = shop::stripe(&format!("evt_{n}"), "checkout.session.completed", now.seconds(), bought);
        let signed = shop::sign(ShopProvider::Stripe, shop::SECRET, &body, now);
        shop::send(&app.service, made, &signed).await;
    }
    let mut browser = Browser::of(&app, &ada).await;
    for path in [format!("/settings/shops/{made}"), format!("/settings/shops/{made}/prices")] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.len() <= MAX_PAGE_BYTES, "{path}: {}", page.text.len());
    }
}

#[tokio::test]
async fn pages_of_organizations_and_tags_stay_below_the_size_limit() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    for n in 0..30 {
        let name = format!("{n} {}", "Grace Brewster Murray Hopper & Daughters ".repeat(5));
        let input = OrganizationInput { name: name.clone(), ..OrganizationInput::default() };
        let new = input.parse().unwrap().into();
        service::organization::create(&app.service, &ada.actor, new).await.unwrap();
        let new = service::tag::NewTag { name: TagName::parse("name", &name).unwrap(), description: None };
        service::tag::create(&app.service, &ada.actor, new).await.unwrap();
    }
    let mut browser = Browser::of(&app, &ada).await;
    for path in ["/organizations", "/tags"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.text.matches("<tr").count(), 26, "{path}");
        assert!(page.text.len() <= MAX_PAGE_BYTES, "{path}: {}", page.text.len());
        let next = browser.get(&link_target(&page.text, "Next")).await;
        assert_eq!(next.text.matches("<tr").count(), 6, "{path}");
    }
}

/// Paging through one of the two lists leaves the other list unchanged.
#[tokio::test]
async fn machines_and_history_of_a_license_are_paginated_independently() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let new_license =
        NewLicense { machine_limit: Some(Limit::UNLIMITED), ..NewLicense::for_product(ada.product.id) };
    let issued = issue(&app.service, &ada.actor, new_license).await.unwrap().pop().unwrap();
    for n in 0..35 {
        let machine = json!({
            "key": issued.key.expose(), "productId": ada.product.id.to_string(),
            "fingerprint": format!("{n:064}"), "hostname": format!("workstation-{n}.studio.example.com"),
            "os": "Windows 11", "appVersion": "12.0.4", "userHash": format!("{n:064}"),
        });
        let response = app.post("/v3/activations", "application/json", machine.to_string()).await;
        assert_eq!(response.status, 200, "{}", response.text);
    }
    let mut browser = Browser::of(&app, &ada).await;
    let first = format!("/licenses/{}", issued.id);
    let mut uri = first.clone();
    for (machines, from) in [(15, 34), (15, 19), (5, 4)] {
        let page = browser.get(&uri).await;
        assert!(page.text.len() <= MAX_PAGE_BYTES, "{}", page.text.len());
        assert_eq!(page.text.matches("Free the machine ").count(), machines);
        let newest = format!("Free the machine workstation-{from}.");
        assert!(page.text.contains(&newest), "{uri}");
        assert_eq!(page.text.matches("<strong>Activated").count(), 15, "the latest history stays");
        assert_eq!(page.text.contains("Latest machines"), uri != first);
        if machines == 15 {
            uri = link_target(&page.text, "Older machines");
        } else {
            assert!(!page.text.contains("Older machines"));
        }
    }
    let last = browser.get(&uri).await;
    let older = browser.get(&link_target(&last.text, "Older entries")).await;
    assert_eq!(older.text.matches("Free the machine ").count(), 5, "the oldest machines stay");
    let oldest = browser.get(&link_target(&older.text, "Older entries")).await;
    assert_eq!(oldest.text.matches("<strong>Activated").count(), 5);
    assert_eq!(oldest.text.matches("<strong>Issued").count(), 1);
    assert!(!oldest.text.contains("Older entries"));
    let first = browser.get(&link_target(&oldest.text, "Latest machines")).await;
    assert_eq!(first.text.matches("<strong>Issued").count(), 1, "the oldest history stays");
    let latest = browser.get(&link_target(&oldest.text, "Latest entries")).await;
    assert_eq!(latest.text.matches("<strong>Activated").count(), 15);
    assert_eq!(latest.text.matches("Free the machine ").count(), 5);
}

/// Returns the URL of the link with this text.
fn link_target(page: &str, text: &str) -> String {
    let before = page.split(&format!(">{text}<")).next().unwrap();
    let (_, from) = before.rsplit_once("href=\"").unwrap();
    from.split('"').next().unwrap().replace("&amp;", "&")
}
