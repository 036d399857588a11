//! Security headers of pages, and missing pages.

use super::Browser;
use crate::test_app::TestApp;
use test_support::{TestDatabase, seller};

#[tokio::test]
async fn pages_have_security_headers_and_a_fresh_nonce() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let mut browser = Browser::of(&app, &ada).await;
    let mut nonces = std::collections::HashSet::new();
    for uri in ["/", "/licenses", "/products", "/products/new", "/licenses/new"] {
        let response = browser.get(uri).await;
        assert_eq!(response.status, 200, "{uri}");
        let policy = response.header("content-security-policy");
        assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        let nonce = response.nonce();
        for script in response.text.split("<script").skip(1) {
            assert!(script.contains(&format!("nonce=\"{nonce}\"")), "a script without the nonce on {uri}");
        }
        assert!(
            !response.text.contains(" style=") && !response.text.contains("<style"),
            "inline style on {uri}"
        );
        assert!(nonces.insert(nonce), "a nonce came twice");
        assert_eq!(response.header("x-content-type-options"), "nosniff");
        assert_eq!(response.header("x-frame-options"), "DENY");
        assert_eq!(response.header("referrer-policy"), "same-origin");
        assert_eq!(response.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn missing_pages_are_404() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let mut browser = Browser::of(&app, &ada).await;
    for uri in ["/nowhere", "/licenses/x", "/licenses/00000000-0000-7000-8000-000000000000", "/products/x"] {
        let response = browser.get(uri).await;
        assert_eq!(response.status, 404, "{uri}");
        assert!(response.text.contains("<html"), "{uri}");
        assert!(response.text.contains("href=\"/licenses\""), "{uri} has no way on");
        assert_eq!(response.text.matches("<main").count(), 1, "{uri}");
    }
}
