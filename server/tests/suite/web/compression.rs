//! Which pages are compressed.

use axum::body::Body;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;

use super::Browser;
use super::customer::holder;
use crate::test_app::TestApp;
use test_support::{TestDatabase, license, seller};

/// Returns the headers and the size of a page.
async fn get(
    app: &TestApp,
    browser: &Browser<'_>,
    uri: &str,
    accepted: &str,
    site: &str,
) -> (HeaderMap, usize) {
    let cookies: Vec<String> = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let mut request = Request::get(uri)
        .header("accept", "text/html")
        .header("accept-encoding", accepted)
        .header("cookie", cookies.join("; "));
    if !site.is_empty() {
        request = request.header("sec-fetch-site", site);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = app.router.handle(request, "192.0.2.1:1234".parse().unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    assert_eq!(parts.status, 200, "{uri}");
    (parts.headers, body.collect().await.unwrap().to_bytes().len())
}

fn encoding(headers: &HeaderMap) -> &str {
    headers.get("content-encoding").map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn pages_without_secrets_are_compressed() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    license(&app.service, &ada, 2).await;
    let browser = Browser::of(&app, &ada).await;
    let product = format!("/products/{}", ada.product.id);
    for uri in ["/", "/licenses", "/licenses/new", "/products", &product] {
        let (headers, whole) = get(&app, &browser, uri, "identity", "none").await;
        assert_eq!((encoding(&headers), headers["vary"].to_str().unwrap()), ("", "accept-encoding"), "{uri}");
        for (accepted, expected) in [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip")] {
            let (headers, size) = get(&app, &browser, uri, accepted, "same-origin").await;
            assert_eq!(encoding(&headers), expected, "{uri}");
            assert!(!headers.contains_key("content-length"), "{uri}");
            assert_eq!(headers.get_all("vary").iter().count(), 1, "{uri}");
            assert_eq!(headers["cache-control"], "no-store", "{uri}");
            assert!(size * 2 < whole, "{uri}: {size} of {whole}");
        }
    }
}

#[tokio::test]
async fn pages_with_secrets_are_never_compressed() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let (id, _) = license(&app.service, &ada, 2).await;
    let mut browser = Browser::of(&app, &ada).await;
    let fields = [("name", "shop"), ("role", "support")];
    browser.submit("/settings/tokens", "/_fn/create_api_token", &fields).await;
    let license = format!("/licenses/{id}");
    let revealed = format!("/licenses/{id}?reveal=1");
    let welcome = format!("/welcome?license={id}");
    for uri in ["/settings/tokens", &license, &revealed, &welcome] {
        let (headers, _) = get(&app, &browser, uri, "gzip, br", "same-origin").await;
        assert_eq!(encoding(&headers), "", "{uri}");
        assert_eq!(headers["cache-control"], "no-store, no-transform", "{uri}");
    }
    let (headers, _) = get(&app, &browser, "/settings/tokens", "gzip, br", "same-origin").await;
    assert_eq!(encoding(&headers), "br", "the token is shown once");
    // The keys of issued licenses.
    let product = ada.product.id.to_string();
    let empty = ["customer_name", "customer_email", "domain_limit", "machine_limit", "expiry", "expires_at"];
    let fields: Vec<_> =
        empty.map(|name| (name, "")).into_iter().chain([("product", &*product), ("count", "2")]).collect();
    browser.submit("/licenses/new", "/_fn/issue_license", &fields).await;
    let (headers, _) = get(&app, &browser, "/licenses/issued", "gzip, br", "same-origin").await;
    assert_eq!(encoding(&headers), "");
}

/// Compression polls a body again after its end.
#[tokio::test]
async fn streamed_downloads_are_complete_if_they_are_compressed() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let customer = holder(&app.service, &ada).await;
    let browser = Browser::of(&app, &ada).await;
    for uri in [format!("/customers/{customer}/export.json"), "/licenses/export.csv".to_owned()] {
        let (_, whole) = get(&app, &browser, &uri, "identity", "same-origin").await;
        let (_, size) = get(&app, &browser, &uri, "gzip, br", "same-origin").await;
        assert!(whole > 200 && size > 100, "{uri}: {size} of {whole}");
    }
}

#[tokio::test]
async fn requests_of_other_sites_get_pages_as_they_are() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let browser = Browser::of(&app, &ada).await;
    for site in ["cross-site", "same-site", ""] {
        let (headers, _) = get(&app, &browser, "/licenses?q=a", "gzip, br", site).await;
        assert_eq!(encoding(&headers), "", "{site}");
    }
}

#[tokio::test]
async fn public_documents_are_compressed_and_the_api_is_not() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let browser = Browser::new(&app);
    let pages = ["/docs", "/docs/domain-api", "/docs/machine-api", "/docs/conventions", "/docs/tokens"];
    for uri in pages.into_iter().chain(["/docs/search?q=license"]) {
        let (headers, size) = get(&app, &browser, uri, "gzip, br", "").await;
        assert_eq!(encoding(&headers), "br", "{uri}");
        assert!(size < 20_000, "{uri}: {size}");
    }
    let (headers, size) = get(&app, &browser, "/openapi.json", "gzip, br", "").await;
    assert_eq!(encoding(&headers), "br");
    assert!(size * 4 < server::api::openapi::document().len(), "{size}");
    let ada = seller(&app.service, "ada").await;
    let (_, key) = license(&app.service, &ada, 50).await;
    for n in 0..50 {
        app.json("/activate", key.expose(), &format!("host-{n}.example.com")).await;
    }
    for uri in ["/status", "/api/license/status"] {
        let uri = format!("{uri}?license_key={}", key.expose());
        let (headers, size) = get(&app, &browser, &uri, "gzip, br", "none").await;
        assert_eq!(encoding(&headers), "", "{uri}");
        assert!(size > 1024 && !headers.contains_key("vary"), "{uri}");
    }
}
