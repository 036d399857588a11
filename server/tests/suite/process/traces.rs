//! Traces of a running server, as a collector receives them.

mod collector;

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use domain::webhook::{SignatureScheme, Subscriptions, WebhookName, WebhookSettings, WebhookUrl};
use serde_json::Value;
use service::webhook;
use test_support::receiver::HttpReceiver;
use test_support::{TestDatabase, on_both_databases, seller};

use super::{Server, binary, issue, send_with_headers, wait_until};
use crate::webhook::enable;
use collector::{Collector, RecordedSpan};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
/// Spans are sent every two seconds.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(20);

/// Returns the header of a caller's trace.
fn traceparent(flags: &str) -> String {
    format!("traceparent: 00-{TRACE}-{PARENT}-{flags}\r\n")
}

fn activate(server: &Server, headers: &str, key: &str, domain: &str) {
    let body = serde_json::json!({ "license_key": key, "domain": domain }).to_string();
    let headers = format!("Content-Type: application/json\r\n{headers}");
    let (status, _, body) =
        send_with_headers(server.address, "POST", "/activate", &headers, &body).expect("an answer");
    assert_eq!(status, 200, "{body}");
}

fn get(server: &Server, path: &str, headers: &str) -> u16 {
    send_with_headers(server.address, "GET", path, headers, "").expect("an answer").0
}

/// Returns the spans once one of them has a name.
fn spans_with(collector: &Collector, name: &str) -> Vec<RecordedSpan> {
    let arrived = wait_until(ARRIVAL_TIMEOUT, || collector.spans().iter().any(|span| span.name == name));
    assert!(arrived, "{name}: {:?}", collector.spans());
    collector.spans()
}

fn find<'a>(spans: &'a [RecordedSpan], name: &str) -> &'a RecordedSpan {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name}: {spans:?}"))
}

on_both_databases! {
    async fn request_with_its_operations_and_statements_is_part_of_the_callers_trace(db: TestDatabase) {
        let key = issue(&db, 2);
        let collector = Collector::start();
        let url = collector.url();
        let headers = ("COUNTERSIGN_TRACES_HEADERS", "authorization=Bearer 0123456789, x-scope=cs");
        let server = Server::start_with(&db, &[("COUNTERSIGN_TRACES_ENDPOINT", url.as_str()), headers]);
        let sent = format!("{}tracestate: rojo=1\r\n", traceparent("01"));
        activate(&server, &sent, &key, "shop-of-ada.example");
        let query = format!("/verify?license_key={key}&domain=shop-of-ada.example");
        // The first one reads the license, the last one is answered by the fast path.
        for _ in 0..3 {
            assert_eq!(get(&server, &query, &sent), 200);
        }
        let token = "Authorization: Bearer cs_of-the-test\r\n";
        assert_eq!(get(&server, "/v3/licenses", &format!("{sent}{token}")), 401);
        let spans = spans_with(&collector, "GET /v3/licenses");

        let request = find(&spans, "POST /activate");
        assert_eq!((request.trace_id.as_str(), request.parent_id.as_str()), (TRACE, PARENT));
        assert_eq!(request.kind, "Server");
        assert_eq!(request.attribute("http.request.method"), Some("POST"));
        assert_eq!(request.attribute("http.route"), Some("/activate"));
        assert_eq!(request.attribute("http.response.status_code"), Some("200"));
        let operation = find(&spans, "activation.activate");
        assert_eq!(operation.parent_id, request.span_id);
        let is_batch = |span: &&RecordedSpan| span.name == "batch" && is_below(&spans, span, &operation.span_id);
        let commits: Vec<_> = spans.iter().filter(|span| span.name == "transaction.commit").collect();
        let has_commit =
            |batch: &&RecordedSpan| commits.iter().any(|commit| is_below(&spans, commit, &batch.span_id));
        let batch = spans.iter().filter(is_batch).find(has_commit);
        let batch = batch.unwrap_or_else(|| panic!("no batch with a commit below the operation: {spans:?}"));
        assert_eq!(batch.attribute("batch.size"), Some("1"));
        let verifications: Vec<_> = spans.iter().filter(|span| span.name == "GET /verify").collect();
        assert_eq!(verifications.len(), 3);
        assert!(verifications.iter().all(|span| span.parent_id == PARENT && span.kind == "Server"));
        let system = if db.is_sqlite() { "sqlite" } else { "postgresql" };
        let statement = spans.iter().find(|span| span.attribute("db.collection.name") == Some("licenses"));
        let statement = statement.expect("a statement on licenses");
        assert_eq!(statement.attribute("db.system.name"), Some(system));
        assert_eq!(statement.attribute("db.operation.name"), Some("SELECT"));
        assert!(statement.attribute("db.query.text").is_some_and(|text| text.starts_with("SELECT")));
        let refused = find(&spans, "GET /v3/licenses");
        assert_eq!(refused.attribute("http.response.status_code"), Some("401"));
        assert!(spans.iter().all(|span| span.trace_id == TRACE), "{spans:?}");

        let received = collector.received();
        for (head, body) in &received {
            assert!(head.contains("POST /v1/traces") && head.contains("application/x-protobuf"), "{head}");
            assert!(head.contains("authorization: Bearer 0123456789") && head.contains("x-scope: cs"), "{head}");
            let text = String::from_utf8_lossy(body);
            assert!(text.contains("countersign"));
            for secret in [key.as_str(), "shop-of-ada", "ada@example.com", "cs_of-the-test", "127.0.0.1", "rojo"] {
                assert!(!text.contains(secret), "{secret}: {text}");
            }
        }
    }

    async fn delivery_goes_on_with_the_trace_of_the_change(db: TestDatabase) {
        let (service, receiver) = (db.open().await, HttpReceiver::start().await);
        enable(&service);
        let ada = seller(&service, "ada").await;
        let settings = WebhookSettings {
            name: WebhookName::parse("name", "shop").unwrap(),
            url: WebhookUrl::parse(&receiver.url(), service.webhook_targets().unwrap()).unwrap(),
            is_enabled: true,
            events: Subscriptions::parse(["domainActivation.created"]).unwrap(),
            scheme: SignatureScheme::V3,
        };
        webhook::create(&service, &ada.actor, settings, None).await.unwrap();
        let (_, key) = test_support::license(&service, &ada, 5).await;
        service.close().await;
        let allowed = [("COUNTERSIGN_WEBHOOK_ALLOW", "127.0.0.1"), ("COUNTERSIGN_WEBHOOK_ALLOW_HTTP", "on")];

        // Traces are off: the receiver gets what the caller sent.
        let mut server = Server::start_with(&db, &allowed);
        let sent = format!("{}tracestate: rojo=1\r\n", traceparent("01"));
        activate(&server, &sent, key.expose(), "a.example.com");
        receiver.wait_for(1).await;
        activate(&server, "", key.expose(), "b.example.com");
        receiver.wait_for(2).await;
        activate(&server, "traceparent: nonsense\r\ntracestate: rojo=1\r\n", key.expose(), "c.example.com");
        receiver.wait_for(3).await;
        let headers: Vec<_> = receiver
            .received()
            .iter()
            .map(|request| ["traceparent", "tracestate"].map(|name| request.header(name).map(ToOwned::to_owned)))
            .collect();
        let passed_on = [Some(format!("00-{TRACE}-{PARENT}-01")), Some("rojo=1".to_owned())];
        assert_eq!(headers, [passed_on, [None, None], [None, None]]);
        server.stop();

        // Traces are on: the delivery is a span of its own.
        let collector = Collector::start();
        let url = collector.url();
        let variables = [allowed[0], allowed[1], ("COUNTERSIGN_TRACES_ENDPOINT", url.as_str())];
        let server = Server::start_with(&db, &variables);
        activate(&server, &sent, key.expose(), "d.example.com");
        receiver.wait_for(4).await;
        let spans = spans_with(&collector, "webhook.deliver");
        let (request, delivery) = (find(&spans, "POST /activate"), find(&spans, "webhook.deliver"));
        assert_eq!((delivery.trace_id.as_str(), &delivery.parent_id), (TRACE, &request.span_id));
        assert_eq!(delivery.attribute("http.response.status_code"), Some("200"));
        let expected = format!("00-{TRACE}-{}-01", delivery.span_id);
        let received = receiver.received();
        assert_eq!(received[3].header("traceparent"), Some(expected.as_str()));
        assert_eq!(received[3].header("tracestate"), Some("rojo=1"));
        drop(server);
    }
}

/// Returns whether a span is below another one.
fn is_below(spans: &[RecordedSpan], span: &RecordedSpan, ancestor: &str) -> bool {
    let parent = spans.iter().find(|other| other.span_id == span.parent_id);
    span.parent_id == ancestor || parent.is_some_and(|parent| is_below(spans, parent, ancestor))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_by_default() {
    let db = TestDatabase::sqlite();
    let collector = Collector::start();
    let url = collector.url();
    // The variables of other programs that send traces.
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_TRACES_EXPORTER", "otlp")];
    let mut server = Server::start_with(&db, &variables);
    assert_eq!(get(&server, "/healthz", &traceparent("01")), 200);
    assert!(server.stop());
    assert_eq!(collector.received().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_and_unsampled_traces_are_not_continued() {
    let db = TestDatabase::sqlite();
    let collector = Collector::start();
    let url = collector.url();
    let mut server = Server::start_with(&db, &[("COUNTERSIGN_TRACES_ENDPOINT", url.as_str())]);
    assert_eq!(get(&server, "/readyz", &traceparent("00")), 200);
    let twice = traceparent("01").repeat(2);
    for headers in ["traceparent: 00-nonsense\r\n", twice.as_str(), ""] {
        assert_eq!(get(&server, "/healthz", headers), 200);
    }
    assert!(server.stop(), "the last spans are sent");
    let spans = collector.spans();
    let names: Vec<&str> =
        spans.iter().map(|span| span.name.as_str()).filter(|name| name.starts_with("GET ")).collect();
    assert_eq!(names, ["GET /healthz"; 3]);
    for span in spans.iter().filter(|span| span.name == "GET /healthz") {
        assert!(span.trace_id != TRACE && span.parent_id.is_empty(), "{span:?}");
    }
}

/// Starts a server whose log lines are JSON in a file.
fn start_with_log(db: &TestDatabase, file: &Path, variables: &[(&str, &str)]) -> Server {
    let mut command = binary(db);
    command.args(["serve", "--json", "--listen", "127.0.0.1:0"]).envs(variables.iter().copied());
    command.env("COUNTERSIGN_LOG_FORMAT", "json").stderr(File::create(file).expect("a file"));
    Server::spawn_with_stderr(command)
}

fn lines_with(file: &Path, message: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("the log");
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter(|line| line["fields"]["message"].as_str().is_some_and(|it| it.starts_with(message)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_of_a_request_have_its_trace() {
    let db = TestDatabase::sqlite();
    let log = db.folder.path().join("log");
    let debug = ("COUNTERSIGN_LOG", "info,server=debug");
    let mut server = start_with_log(&db, &log, &[debug]);
    get(&server, "/healthz", &traceparent("01"));
    get(&server, "/healthz", "");
    server.stop();
    let lines = lines_with(&log, "request handled");
    let ids: Vec<_> = lines.iter().map(|line| line["span"]["trace_id"].as_str()).collect();
    assert_eq!(ids, [Some(TRACE), None], "without an exporter: {lines:?}");
    assert!(lines.iter().all(|line| line["span"]["id"].is_string()));

    let collector = Collector::start();
    let url = collector.url();
    let mut server = start_with_log(&db, &log, &[debug, ("COUNTERSIGN_TRACES_ENDPOINT", url.as_str())]);
    get(&server, "/healthz", "");
    server.stop();
    let spans = collector.spans();
    let lines = lines_with(&log, "request handled");
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["span"]["trace_id"], find(&spans, "GET /healthz").trace_id.as_str());
    assert!(lines[0]["span"]["id"].is_string() && lines[0]["span"]["path"] == "/healthz");
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_collector_delays_neither_requests_nor_the_stop() {
    let db = TestDatabase::sqlite();
    let log = db.folder.path().join("log");
    let refusing = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [refusing, silent.local_addr().unwrap()] {
        let endpoint = format!("http://{address}");
        let mut server = start_with_log(&db, &log, &[("COUNTERSIGN_TRACES_ENDPOINT", endpoint.as_str())]);
        // An attempt at the silent collector takes 4 s. No request waits for it.
        let answer = || {
            let asked = Instant::now();
            assert_eq!(get(&server, "/healthz", ""), 200);
            assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
        };
        let warnings = || lines_with(&log, "traces could not be sent to the collector");
        let warned = wait_until(Duration::from_secs(30), || {
            answer();
            !warnings().is_empty()
        });
        assert!(warned, "the failure is logged");
        // Long enough for further batches.
        for _ in 0..60 {
            answer();
            std::thread::sleep(Duration::from_millis(50));
        }
        let began = Instant::now();
        assert!(server.stop());
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
        assert_eq!(warnings().len(), 1, "further failures are not logged: {:?}", warnings());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_with_tokens_are_not_recorded() {
    let db = TestDatabase::sqlite();
    let collector = Collector::start();
    let url = collector.url();
    let mut server = Server::start_with(&db, &[("COUNTERSIGN_TRACES_ENDPOINT", url.as_str())]);
    for path in ["/reset/secret-token", "/invitations/secret-token", "/secret-token?license_key=secret-token"]
    {
        get(&server, path, "");
    }
    assert!(server.stop());
    let spans = collector.spans();
    assert_eq!(spans.iter().filter(|span| span.kind == "Server").count(), 3, "{spans:?}");
    for (_, body) in collector.received() {
        assert!(!String::from_utf8_lossy(&body).contains("secret-token"));
    }
}
