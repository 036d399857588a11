//! Rate limits of the domain API and their headers.

use axum::body::Body;
use domain::rate_limit::RateLimitScope;
use http::Request;
use server::config::{Config, RateLimits};
use service::node;

use crate::test_app::{TestApp, TestResponse};
use test_support::{TestDatabase, on_both_databases};

async fn get_from(app: &TestApp, peer: &str, uri: &str) -> TestResponse {
    app.send_from(peer, Request::get(uri).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn limits_and_headers_match_the_documentation() {
    let app = TestApp::with(TestDatabase::sqlite(), Config::default()).await;
    for (method, uri, limit) in [
        ("POST", "/activate", 30),
        ("GET", "/verify", 120),
        ("POST", "/deactivate", 30),
        ("GET", "/status", 60),
    ] {
        for n in 0..limit {
            // Both paths of an endpoint share one limit.
            let uri = if n % 2 == 0 { uri.to_owned() } else { format!("/api/license{uri}") };
            let response =
                app.send(Request::builder().method(method).uri(uri).body("{}".into()).unwrap()).await;
            assert_eq!(response.status, 422);
            assert_eq!(response.header("x-ratelimit-limit"), limit.to_string());
            assert_eq!(response.header("x-ratelimit-remaining"), (limit - n - 1).to_string());
        }
        let refused = app.send(Request::builder().method(method).uri(uri).body("{}".into()).unwrap()).await;
        let valid = if uri == "/verify" { r#","valid":false"# } else { "" };
        let body = format!(
            r#"{{"success":false,"error":"rate_limit_exceeded","message":"Too many requests. Please try again later."{valid}}}"#
        );
        assert_eq!(refused.status_and_body(), (429, body.as_str()));
        let retry_after: u64 = refused.header("retry-after").parse().unwrap();
        assert!((50..=60).contains(&retry_after), "{retry_after}");
        assert_eq!(refused.header("x-ratelimit-limit"), limit.to_string());
        assert_eq!(refused.header("x-ratelimit-remaining"), "0");
        assert_eq!(refused.header("access-control-allow-origin"), "*");
    }
}

#[tokio::test]
async fn method_not_allowed_has_rate_limit_headers() {
    let app = TestApp::with(TestDatabase::sqlite(), Config::default()).await;
    let response = app.get("/activate").await;
    assert_eq!((response.status.as_u16(), response.header("x-ratelimit-limit")), (405, "30"));
    assert_eq!(response.header("x-ratelimit-remaining"), "29");
}

#[tokio::test]
async fn each_client_address_has_its_own_limit() {
    let rate_limit = RateLimits { status: 1, ..RateLimits::default() };
    let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    let app =
        TestApp::with(TestDatabase::sqlite(), Config { rate_limit, trusted_proxies, ..Config::default() })
            .await;
    assert_eq!(get_from(&app, "192.0.2.1:1", "/status").await.status, 422);
    assert_eq!(get_from(&app, "192.0.2.1:2", "/status").await.status, 429);
    assert_eq!(get_from(&app, "192.0.2.2:1", "/status").await.status, 422);
    assert_eq!(get_from(&app, "[2001:db8::1]:1", "/status").await.status, 422);
    assert_eq!(get_from(&app, "[2001:db8::2]:1", "/status").await.status, 429, "the same /64");
    let forwarded = |peer: &'static str, client: &'static str| {
        let request = Request::get("/status").header("x-forwarded-for", client).body(Body::empty()).unwrap();
        let app = &app;
        async move { app.send_from(peer, request).await.status.as_u16() }
    };
    assert_eq!(
        forwarded("192.0.2.2:1", "198.51.100.1").await,
        429,
        "the header of an untrusted peer is ignored"
    );
    assert_eq!(forwarded("10.0.0.1:1", "198.51.100.1").await, 422);
    assert_eq!(forwarded("10.0.0.1:1", "198.51.100.1").await, 429);
    assert_eq!(forwarded("10.0.0.1:1", "198.51.100.2").await, 422);
}

#[tokio::test]
async fn preflight_reports_the_limit_and_takes_nothing_of_it() {
    let app = TestApp::with(TestDatabase::sqlite(), Config::default()).await;
    for _ in 0..2 {
        let request = Request::options("/api/license/status").header("origin", "https://shop.example");
        let response = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((response.status.as_u16(), response.header("x-ratelimit-limit")), (200, "60"));
        assert_eq!(response.header("x-ratelimit-remaining"), "60");
    }
}

/// Sends requests of a client to the nodes in turn. Returns how many were admitted.
async fn admitted(nodes: &[TestApp], peer: &str, uri: &str, requests: usize, limit: &str) -> usize {
    let mut admitted = 0;
    for n in 0..requests {
        let response = get_from(&nodes[n % nodes.len()], peer, uri).await;
        assert_eq!(response.header("x-ratelimit-limit"), limit);
        match response.status.as_u16() {
            422 => admitted += 1,
            status => assert_eq!((status, response.header("x-ratelimit-remaining")), (429, "0")),
        }
    }
    admitted
}

on_both_databases! {
    async fn nodes_of_a_cluster_admit_one_limit_together(db: TestDatabase) {
        // SQLite has a single node, which shares nothing.
        let of_all = |limit: usize, nodes: usize| if db.is_sqlite() { nodes * limit } else { limit };
        let (of_three, of_two, of_status) = (of_all(120, 3), of_all(120, 2), of_all(2, 3).max(3));
        let rate_limit = RateLimits { status: 2, ..RateLimits::default() };
        let settings = Config { rate_limit_scope: RateLimitScope::Cluster, rate_limit, ..Config::default() };
        let nodes = TestApp::cluster(db, &settings, 3).await;
        assert_eq!(admitted(&nodes, "192.0.2.1:1", "/verify", 400, "120").await, of_three);
        assert_eq!(admitted(&nodes, "192.0.2.1:1", "/status", 12, "2").await, of_status, "at least one each");
        node::remove(&nodes[2].service).await.unwrap();
        TestApp::beat(&nodes[..2]).await;
        assert_eq!(admitted(&nodes[..2], "192.0.2.2:1", "/verify", 300, "120").await, of_two);
    }

    async fn remaining_requests_are_those_of_the_cluster(db: TestDatabase) {
        let is_alone = db.is_sqlite();
        let settings = Config { rate_limit_scope: RateLimitScope::Cluster, ..Config::default() };
        let nodes = TestApp::cluster(db, &settings, 3).await;
        let mut shown = [Vec::new(), Vec::new(), Vec::new()];
        for app in &nodes {
            let machine = app.get("/v3/status").await.header("x-rate-limit-remaining").to_owned();
            let management = app.get("/v3/licenses").await.header("x-rate-limit-remaining").to_owned();
            let domain = get_from(app, "192.0.2.9:1", "/activate").await;
            assert_eq!(domain.header("x-ratelimit-limit"), "30");
            let domain = domain.header("x-ratelimit-remaining").to_owned();
            for (all, one) in shown.iter_mut().zip([machine, management, domain]) {
                all.push(one);
            }
        }
        for all in &mut shown {
            all.sort_unstable();
        }
        // Shares of 17, 17 and 16 of 50 requests, and of 10 of 30: one request is a larger part of them.
        let of_50 = if is_alone { ["49"; 3] } else { ["46", "47", "47"] };
        let of_30 = if is_alone { ["29"; 3] } else { ["27"; 3] };
        assert_eq!(shown, [of_50, of_50, of_30]);
    }
}
