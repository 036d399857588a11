//! The short way of a verification that is in memory, held against the long one.

use std::collections::BTreeMap;

use axum::body::Body;
use http::Request;
use server::config::Config;
use service::cache_invalidation;

use crate::support::{TestDatabase, host, license, seller};
use crate::test_app::{TestApp, TestResponse};

/// All headers but the one that is new each time.
fn headers(answer: &TestResponse) -> BTreeMap<String, String> {
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), value.to_str().expect("text").to_owned())
    };
    answer.headers.iter().map(text).filter(|(name, _)| name != "x-request-id").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_ways_answer_alike() {
    let face = TestApp::with(TestDatabase::sqlite(), Config::default()).await;
    let seller = seller(&face.service, "ada").await;
    let (id, key) = license(&face.service, &seller, 2).await;
    let follow = tokio::spawn(cache_invalidation::listen(face.service.clone()));
    service::activation::activate(&face.service, &key, &host("a.com"), None).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let key = key.expose();
    for (domain, suspend) in [("a.com", false), ("b.com", false), ("a.com", true)] {
        if suspend {
            service::license::suspend(&face.service, &seller.actor, id, None).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        for path in ["/verify", "/api/license/verify"] {
            let uri = format!("{path}?license_key={key}&domain={domain}");
            let from = |n: u32| format!("192.0.2.{n}:80");
            let get =
                || Request::get(&uri).header("origin", "https://shop.example").body(Body::empty()).unwrap();
            // HEAD goes the long way always, and warms the cache.
            let head =
                Request::head(&uri).header("origin", "https://shop.example").body(Body::empty()).unwrap();
            let long = face.send_from(&from(1), head).await;
            let short = face.send_from(&from(2), get()).await;
            let (mut long, short_headers) = (headers(&long), headers(&short));
            let length = long.insert("content-length".into(), short.text.len().to_string());
            assert!(length.is_none_or(|length| length == short.text.len().to_string()));
            let mut all = short_headers.clone();
            all.insert("content-length".into(), short.text.len().to_string());
            assert_eq!(long, all, "{uri}");
            assert!(short.headers.contains_key("x-request-id"));
        }
    }
    // Counted by the same limiter, and refused alike.
    let uri = format!("/verify?license_key={key}&domain=a.com");
    let mut last = face.send_from("192.0.2.9:1", Request::get(&uri).body(Body::empty()).unwrap()).await;
    for _ in 0..120 {
        last = face.send_from("192.0.2.9:1", Request::get(&uri).body(Body::empty()).unwrap()).await;
    }
    let refused = r#"{"success":false,"error":"rate_limit_exceeded","message":"Too many requests. Please try again later.","valid":false}"#;
    assert_eq!(last.status_and_body(), (429, refused));
    assert!(!last.header("retry-after").is_empty());
    // It was the short way: no database is needed for it.
    face.service.close().await;
    let warm = face.send_from("192.0.2.10:1", Request::get(&uri).body(Body::empty()).unwrap()).await;
    assert_eq!(warm.status, 200, "{}", warm.text);
    follow.abort();
}
