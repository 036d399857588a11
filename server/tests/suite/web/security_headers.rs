use super::Browser;
use crate::support::{TestDatabase, seller};
use crate::test_app::TestApp;

#[tokio::test]
async fn a_page_is_guarded_by_its_headers() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&face.service, "ada").await;
    let mut browser = Browser::of(&face, &ada).await;
    let mut nonces = std::collections::HashSet::new();
    for uri in ["/", "/licenses", "/products", "/products/new", "/licenses/new"] {
        let answer = browser.get(uri).await;
        assert_eq!(answer.status, 200, "{uri}");
        let policy = answer.header("content-security-policy");
        assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        let nonce = answer.nonce();
        for script in answer.text.split("<script").skip(1) {
            assert!(script.contains(&format!("nonce=\"{nonce}\"")), "a script without the nonce on {uri}");
        }
        assert!(!answer.text.contains(" style=") && !answer.text.contains("<style"), "inline style on {uri}");
        assert!(nonces.insert(nonce), "a nonce came twice");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&face.service, "ada").await;
    let mut browser = Browser::of(&face, &ada).await;
    for uri in ["/nowhere", "/licenses/x", "/licenses/00000000-0000-7000-8000-000000000000", "/products/x"] {
        let answer = browser.get(uri).await;
        assert_eq!(answer.status, 404, "{uri}");
        assert!(answer.text.contains("<html"), "{uri}");
    }
}
