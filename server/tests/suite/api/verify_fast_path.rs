//! Comparison of the `/verify` fast path, which serves cached licenses, with the router.

use std::collections::BTreeMap;

use axum::body::Body;
use http::Request;
use server::config::Config;
use service::cache_invalidation;

use crate::test_app::{TestApp, TestResponse};
use test_support::{TestDatabase, host, license, seller};

/// Returns all headers except the request id, which differs in every response.
fn headers(response: &TestResponse) -> BTreeMap<String, String> {
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), value.to_str().expect("text").to_owned())
    };
    response.headers.iter().map(text).filter(|(name, _)| name != "x-request-id").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fast_path_and_router_respond_identically() {
    let app = TestApp::with(TestDatabase::sqlite(), Config::default()).await;
    let seller = seller(&app.service, "ada").await;
    let (id, key) = license(&app.service, &seller, 2).await;
    let listener = tokio::spawn(cache_invalidation::listen(app.service.clone()));
    service::activation::activate(&app.service, &key, &host("a.com"), None).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let key = key.expose();
    for (domain, suspend) in [("a.com", false), ("b.com", false), ("a.com", true)] {
        if suspend {
            service::license::suspend(&app.service, &seller.actor, id, None).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        for path in ["/verify", "/api/license/verify"] {
            let uri = format!("{path}?license_key={key}&domain={domain}");
            let from = |n: u32| format!("192.0.2.{n}:80");
            let get =
                || Request::get(&uri).header("origin", "https://shop.example").body(Body::empty()).unwrap();
            // HEAD requests always use the router, and fill the cache.
            let head =
                Request::head(&uri).header("origin", "https://shop.example").body(Body::empty()).unwrap();
            let routed = app.send_from(&from(1), head).await;
            let fast = app.send_from(&from(2), get()).await;
            let (mut routed, fast_headers) = (headers(&routed), headers(&fast));
            let length = routed.insert("content-length".into(), fast.text.len().to_string());
            assert!(length.is_none_or(|length| length == fast.text.len().to_string()));
            let mut all = fast_headers.clone();
            all.insert("content-length".into(), fast.text.len().to_string());
            assert_eq!(routed, all, "{uri}");
            assert!(fast.headers.contains_key("x-request-id"));
        }
    }
    // Both paths share one rate limiter and reject with the same response.
    let uri = format!("/verify?license_key={key}&domain=a.com");
    let mut last = app.send_from("192.0.2.9:1", Request::get(&uri).body(Body::empty()).unwrap()).await;
    for _ in 0..120 {
        last = app.send_from("192.0.2.9:1", Request::get(&uri).body(Body::empty()).unwrap()).await;
    }
    let refused = r#"{"success":false,"error":"rate_limit_exceeded","message":"Too many requests. Please try again later.","valid":false}"#;
    assert_eq!(last.status_and_body(), (429, refused));
    assert!(!last.header("retry-after").is_empty());
    // The fast path served the request, because it needs no database.
    app.service.close().await;
    let warm = app.send_from("192.0.2.10:1", Request::get(&uri).body(Body::empty()).unwrap()).await;
    assert_eq!(warm.status, 200, "{}", warm.text);
    listener.abort();
}
