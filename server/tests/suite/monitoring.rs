//! The names of metrics in the documentation, the dashboard and the alert rules are those that the server prints.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait as _, Database};
use server::config::{Config, Switch};
use server::metrics::Exporter;
use service::account::{SignInRequest, sign_in};
use test_support::{TestDatabase, on_both_databases};

use crate::test_app::TestApp;

const OPERATIONS: &str = include_str!("../../../docs/operations.md");
const DASHBOARD: &str = include_str!("../../../docs/monitoring/grafana.json");
const ALERTS: &str = include_str!("../../../docs/monitoring/alerts.yml");
const ALERT_CASES: &str = include_str!("../../../docs/monitoring/alerts_test.yml");

async fn app_with_metrics(db: TestDatabase) -> (TestApp, Exporter) {
    let metrics_listen = Some(([127, 0, 0, 1], 13009).into());
    let settings = Config { metrics_listen, rate_limits: Switch::Off, ..Config::default() };
    let app = TestApp::with(db, settings).await;
    let requests = app.router.metrics().cloned().expect("metrics are on");
    let exporter = Exporter::new(&app.service, requests);
    (app, exporter)
}

/// Returns the printed metrics with their types.
fn printed(text: &str) -> BTreeMap<String, String> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    types.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
}

/// Returns the metrics of the table in the documentation, with their types.
fn documented() -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    for line in OPERATIONS.lines() {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let (Some(name), Some(kind)) = (cells.next(), cells.next()) else { continue };
        let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) else { continue };
        if is_metric(name) {
            assert!(rows.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} has two rows");
        }
    }
    rows
}

fn is_metric(word: &str) -> bool {
    word.starts_with("countersign_") || word.starts_with("process_start_time")
}

/// Returns the metrics of a file, without the suffixes of histograms.
fn used(text: &str, printed: &BTreeMap<String, String>) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| is_metric(word));
    let name = |word: &str| {
        let base = ["_bucket", "_sum", "_count"].into_iter().find_map(|suffix| word.strip_suffix(suffix));
        let histogram = base.filter(|base| printed.get(*base).is_some_and(|kind| kind == "histogram"));
        histogram.unwrap_or(word).to_owned()
    };
    words.map(name).collect()
}

/// Returns the values that the alert rules name for a label.
fn values_in_alerts(label: &str) -> BTreeSet<&'static str> {
    let mut values = BTreeSet::new();
    for operator in ["=\"", "!=\"", "=~\"", "!~\""] {
        for rest in ALERTS.split(&format!("{label}{operator}")).skip(1) {
            let quoted = rest.split('"').next().unwrap_or_default();
            values.extend(quoted.split('|'));
        }
    }
    values
}

/// Returns the alerts whose cases in the tests of the rules expect them, or expect none.
fn alerts_with_cases(expected: bool) -> BTreeSet<&'static str> {
    let lines: Vec<&str> = ALERT_CASES.lines().map(str::trim).collect();
    let cases = lines.windows(2).filter_map(|pair| Some((pair[0].strip_prefix("alertname: ")?, pair[1])));
    cases.filter(|(_, alerts)| (*alerts == "exp_alerts:") == expected).map(|(name, _)| name).collect()
}

#[test]
fn each_alert_has_a_case_that_makes_it_and_one_that_does_not() {
    let alerts: BTreeSet<&str> =
        ALERTS.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 20, "{alerts:?}");
    assert_eq!(alerts_with_cases(true), alerts);
    assert_eq!(alerts_with_cases(false), alerts);
}

#[test]
fn figures_of_the_dashboard_have_their_own_thresholds() {
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let figures: Vec<_> = panels.iter().filter(|panel| panel["type"] == "stat").collect();
    assert!(!figures.is_empty());
    for figure in figures {
        // Without them, 80 is red: seconds of an uptime, for one.
        assert!(figure["fieldConfig"]["defaults"]["thresholds"].is_object(), "{}", figure["title"]);
    }
}

on_both_databases! {
    async fn values_of_labels_in_alerts_are_printed(db: TestDatabase) {
        let (app, exporter) = app_with_metrics(db).await;
        app.get("/healthz").await;
        let text = exporter.render().await.expect("a text");
        for label in ["outcome", "background_job", "state", "result"] {
            let values = values_in_alerts(label);
            assert!(!values.is_empty(), "{label}");
            for value in values {
                assert!(text.contains(&format!("{label}=\"{value}\"")), "{label}: {value}\n{text}");
            }
        }
    }

    async fn printed_names_are_those_of_documentation_dashboard_and_alerts(db: TestDatabase) {
        let (_app, exporter) = app_with_metrics(db).await;
        let printed = printed(&exporter.render().await.expect("a text"));
        assert_eq!(printed, documented());
        let names: BTreeSet<String> = printed.keys().cloned().collect();
        let (dashboard, alerts) = (used(DASHBOARD, &printed), used(ALERTS, &printed));
        assert!(dashboard.is_subset(&names), "{:?}", dashboard.difference(&names));
        assert!(alerts.is_subset(&names), "{:?}", alerts.difference(&names));
        assert_eq!(&dashboard | &alerts, names, "each metric is on the dashboard or in an alert");
    }

    async fn requests_are_counted_by_route_template(db: TestDatabase) {
        let (app, exporter) = app_with_metrics(db).await;
        for uri in ["/healthz", "/v3/status", "/v3/licenses", "/v3/licenses/some-id", "/v3/secret-path", "/secret-page"] {
            app.get(uri).await;
        }
        app.json("/activate", "no-such-key", "a.example").await;
        app.json("/api/license/activate", "no-such-key", "a.example").await;
        let text = exporter.render().await.expect("a text");
        for (route, method, outcome) in [
            ("/healthz", "GET", "success"),
            ("/v3/status", "GET", "success"),
            ("/v3/licenses", "GET", "client_error"),
            ("/v3/licenses/{id}", "GET", "client_error"),
            ("unknown", "GET", "client_error"),
            ("/activate", "POST", "client_error"),
            ("/api/license/activate", "POST", "client_error"),
        ] {
            let series = format!(
                "countersign_http_requests_total{{route=\"{route}\",method=\"{method}\",outcome=\"{outcome}\"}} "
            );
            assert!(text.contains(&series), "{series}\n{text}");
        }
        for secret in ["secret", "some-id", "__private__"] {
            assert!(!text.contains(secret), "{secret}\n{text}");
        }
    }

    async fn failed_sign_ins_are_counted(db: TestDatabase) {
        let (app, exporter) = app_with_metrics(db).await;
        let request = SignInRequest {
            email: "grace@x.example",
            password: "a wrong password".to_owned(),
            address: None,
            device_cookie: None,
            user_agent: None,
        };
        assert!(sign_in(&app.service, request).await.is_err());
        let text = exporter.render().await.expect("a text");
        assert!(text.contains("countersign_sign_in_failures_total{reason=\"credentials\"} 1\n"), "{text}");
        assert!(!text.contains("grace"), "{text}");
    }

    async fn queues_alone_are_missing_if_they_cannot_be_read(db: TestDatabase) {
        let url = db.url.clone();
        let (_app, exporter) = app_with_metrics(db).await;
        let raw = Database::connect(url).await.expect("a connection");
        raw.execute_unprepared("ALTER TABLE mails RENAME TO other_mails").await.expect("renamed");
        let text = exporter.render().await.expect("a text");
        assert!(text.contains("countersign_database_up 1\n"), "{text}");
        assert!(!text.contains("\ncountersign_mail_queue_length "), "{text}");
        raw.close().await.expect("closed");
    }

    async fn queues_are_missing_without_a_database(db: TestDatabase) {
        let (app, exporter) = app_with_metrics(db).await;
        app.service.close().await;
        let text = exporter.render().await.expect("a text");
        assert!(text.contains("countersign_database_up 0\n"), "{text}");
        assert!(!text.contains("\ncountersign_mail_queue_length "), "{text}");
    }
}

#[tokio::test]
async fn requests_are_not_counted_if_metrics_are_off() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    assert!(app.router.metrics().is_none());
}
