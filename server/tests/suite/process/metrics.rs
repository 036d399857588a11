//! Metrics of a running server.

use std::net::SocketAddr;
use std::time::Duration;

use test_support::{TestDatabase, on_both_databases};

use super::{Server, issue, send, send_with_headers, wait_until};

const ON: (&str, &str) = ("COUNTERSIGN_METRICS_LISTEN", "127.0.0.1:0");
const TOKEN: &str = "a-long-token-of-the-test";

/// Returns the address of the metrics, as the server printed it.
fn address(server: &Server) -> SocketAddr {
    let url = server.startup["metrics"].as_str().expect("the address of the metrics");
    let address = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/metrics"));
    let mut address: SocketAddr = address.and_then(|text| text.parse().ok()).expect("an address");
    if address.ip().is_unspecified() {
        address.set_ip([127, 0, 0, 1].into());
    }
    address
}

fn scrape(server: &Server) -> String {
    let (status, text) = send(address(server), "GET", "/metrics", "").expect("an answer");
    assert_eq!(status, 200, "{text}");
    text
}

/// Returns the value of a series, if it is printed.
fn value(text: &str, series: &str) -> Option<f64> {
    let sample = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    sample.map(|sample| sample.parse().expect("a number"))
}

/// Returns whether a series has at least a value.
fn reaches(text: &str, series: &str, least: f64) -> bool {
    value(text, series).is_some_and(|value| value >= least)
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_off_by_default() {
    let db = TestDatabase::sqlite();
    let server = Server::start(&db);
    assert!(server.startup["metrics"].is_null());
    let (_, body) = server.send("GET", "/metrics", "").expect("an answer");
    assert!(!body.contains("# TYPE"), "the public listener has no metrics: {body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn public_listener_never_has_metrics() {
    let db = TestDatabase::sqlite();
    let server = Server::start_with(&db, &[ON]);
    let (_, body) = server.send("GET", "/metrics", "").expect("an answer");
    assert!(!body.contains("# TYPE"), "{body}");
    for (method, path, status) in [("GET", "/", 404), ("GET", "/healthz", 404), ("POST", "/metrics", 405)] {
        assert_eq!(send(address(&server), method, path, "").expect("an answer").0, status, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scrape_with_a_token_needs_it() {
    let db = TestDatabase::sqlite();
    let variables = [("COUNTERSIGN_METRICS_LISTEN", "0.0.0.0:0"), ("COUNTERSIGN_METRICS_TOKEN", TOKEN)];
    let server = Server::start_with(&db, &variables);
    let get = |path: &str, headers: &str| {
        send_with_headers(address(&server), "GET", path, headers, "").expect("an answer")
    };
    for headers in
        ["", "Authorization: Bearer wrong\r\n", "Authorization: Basic a-long-token-of-the-test\r\n"]
    {
        let (status, head, body) = get("/metrics", headers);
        assert_eq!(status, 401, "{headers}");
        assert!(head.to_lowercase().contains("www-authenticate: bearer") && !body.contains("# TYPE"));
        assert_eq!(get("/other", headers).0, 401, "the path does not show");
    }
    let (status, head, body) = get("/metrics", &format!("Authorization: Bearer {TOKEN}\r\n"));
    assert_eq!(status, 200);
    assert!(head.to_lowercase().contains("content-type: text/plain; version=0.0.4"), "{head}");
    assert!(body.contains("# TYPE countersign_build_info gauge") && !body.contains(TOKEN));
}

on_both_databases! {
    async fn counters_move_with_requests_and_show_no_secret(db: TestDatabase) {
        let key = issue(&db, 2);
        let server = Server::start_with(&db, &[ON]);
        assert!(wait_until(Duration::from_secs(10), || reaches(&scrape(&server), "countersign_cache_current", 1.0)));
        let before = scrape(&server);
        let activated = r#"countersign_http_requests_total{route="/activate",method="POST",outcome="success"}"#;
        assert_eq!(value(&before, activated), None, "{before}");

        assert_eq!(server.activate(&key, "shop-of-ada.example").unwrap().0, 200);
        for _ in 0..7 {
            assert!(server.verify(&key, "shop-of-ada.example").unwrap().1.contains("true"));
        }
        server.verify("no-such-key", "shop-of-ada.example").unwrap();
        server.send("GET", "/v3/nowhere", "").unwrap();
        let text = scrape(&server);
        let hit = r#"countersign_cache_requests_total{cache="license",result="hit"}"#;
        for (series, least) in [
            (activated, 1.0),
            (r#"countersign_http_requests_total{route="/verify",method="GET",outcome="success"}"#, 7.0),
            (r#"countersign_http_requests_total{route="/verify",method="GET",outcome="client_error"}"#, 1.0),
            (r#"countersign_http_requests_total{route="unknown",method="GET",outcome="client_error"}"#, 1.0),
            (r#"countersign_http_request_duration_seconds_count{route="/verify"}"#, 8.0),
            (r#"countersign_http_request_duration_seconds_bucket{route="/verify",le="+Inf"}"#, 8.0),
            (r#"countersign_group_commit_batch_size_count{queue="domain_activations"}"#, 1.0),
            (r#"countersign_group_commit_queue_wait_seconds_count{queue="domain_activations"}"#, 1.0),
            (hit, 1.0),
            ("countersign_database_up", 1.0),
            ("countersign_batch_workers_running", 1.0),
            ("process_start_time_seconds", 1_700_000_000.0),
        ] {
            assert!(reaches(&text, series, least), "{series} is below {least}:\n{text}");
        }
        let lag = value(&text, "countersign_cache_invalidation_lag_seconds");
        assert!(lag.is_some_and(|lag| lag < 5.0), "{text}");
        let failed = r#"countersign_http_requests_total{route="/activate",method="POST",outcome="server_error"}"#;
        assert_eq!(value(&text, failed), Some(0.0), "it begins with 0, so that the first error is an increase");
        for secret in [key.as_str(), "shop-of-ada", "ada@example.com", "no-such-key", "nowhere"] {
            assert!(!text.contains(secret), "{secret}:\n{text}");
        }
        let finished = r#"countersign_background_job_last_success_timestamp_seconds{background_job="signing_keys"}"#;
        let leads = r#"countersign_background_job_leader{background_job="signing_keys"}"#;
        assert!(wait_until(Duration::from_secs(10), || {
            let text = scrape(&server);
            reaches(&text, finished, 1_700_000_000.0) && reaches(&text, leads, 1.0)
        }));
        for wal in ["\ncountersign_wal_pages ", "\ncountersign_wal_file_pages "] {
            assert_eq!(text.contains(wal), db.is_sqlite(), "{wal}");
        }
        let flushed = "countersign_usage_flush_last_success_timestamp_seconds";
        assert!(reaches(&text, flushed, 1_700_000_000.0), "{text}");
        for attempts in [r#"mail_attempts_total{outcome="unavailable"}"#, r#"webhook_attempts_total{outcome="failed"}"#] {
            let series = format!("countersign_{attempts}");
            assert_eq!(value(&text, &series), Some(0.0), "it is there before the first attempt: {series}");
        }
    }
}
