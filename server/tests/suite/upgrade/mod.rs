//! Upgrades of the databases of each release: every row is kept, and the server answers as the release did.

mod answer;
mod release;

use axum::body::Body;
use domain::Timestamp;
use http::Request;
use serde_json::Value;
use service::license::{find_by_key_or_id, reveal_key};
use service::{Actor, Clock, Principal, Service};

use crate::process::{binary, run};
use crate::test_app::TestApp;
use crate::web::Browser;
use answer::assert_alike;
use release::{columns, connect, releases, rows};
use test_support::{TestDatabase, on_both_databases};

/// Opens the server on a restored database, shortly after the release had stopped.
async fn open(db: TestDatabase, document: &Value) -> TestApp {
    let made_at = document["made_at"].as_i64().expect("a time");
    TestApp::at(db, Clock::manual(Timestamp::from_millis(made_at).plus_seconds(60))).await
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Sorts the activations of a license: 0.1.0 mixed domains and machines.
fn by_subject(license: &Value) -> Value {
    let mut license = license.clone();
    let activations = license["activations"].as_array_mut().expect("activations");
    activations.sort_by_key(|activation| text(&activation["subject"]).to_owned());
    license
}

/// Sends a recorded request again.
async fn repeat(app: &TestApp, recorded: &Value) -> (u16, Value) {
    let mut request = Request::builder().method(text(&recorded["method"])).uri(text(&recorded["path"]));
    if let Some(token) = recorded["token"].as_str() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = if recorded["body"].is_null() { String::new() } else { recorded["body"].to_string() };
    let request =
        request.header("content-type", "application/json").body(Body::from(body)).expect("a request");
    let response = app.send(request).await;
    let answer = if response.text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&response.text).unwrap_or_else(|_| panic!("{recorded}: {}", response.text))
    };
    (response.status.as_u16(), answer)
}

/// The operator in the account of a seller.
async fn operator_of(service: &Service, slug: &str) -> Actor {
    let account = service::account::find_account(service, slug).await.expect("the account");
    Actor { account, principal: Principal::Operator }
}

on_both_databases! {
    async fn every_row_of_each_release_survives_the_migrations(db: TestDatabase) {
        for release in releases() {
            let db = release.restore(&db).await;
            let raw = connect(&db).await;
            let columns = columns(&raw, db.is_sqlite()).await;
            let before = rows(&raw, db.is_sqlite(), &columns).await;
            let filled = before.values().filter(|rows| !rows.is_empty()).count();
            assert!(filled >= 14, "{filled} tables have rows");
            raw.close().await.unwrap();
            run(&db, &["migrate"]);
            let raw = connect(&db).await;
            let after = rows(&raw, db.is_sqlite(), &columns).await;
            for (table, before) in &before {
                assert_eq!(&after[table], before, "{table}");
            }
            raw.close().await.unwrap();
        }
    }

    async fn upgraded_server_answers_as_each_release_did(db: TestDatabase) {
        for release in releases() {
            let document = release.document(&db);
            let app = open(release.restore(&db).await, &document).await;
            let answers = document["answers"].as_array().unwrap();
            assert!(answers.len() > 50, "{}", answers.len());
            for recorded in answers {
                let (status, answer) = repeat(&app, recorded).await;
                assert_eq!(recorded["status"], status, "{recorded}: {answer}");
                assert_alike(&recorded["answer"], &answer, &recorded.to_string());
            }
        }
    }

    async fn keys_and_passwords_of_each_release_still_open(db: TestDatabase) {
        for release in releases() {
            let document = release.document(&db);
            let app = open(release.restore(&db).await, &document).await;
            let actor = operator_of(&app.service, "engines").await;
            let keys = document["keys"].as_object().unwrap();
            for key in keys.values().map(text) {
                let id = find_by_key_or_id(&app.service, &actor, key).await.unwrap();
                assert_eq!(reveal_key(&app.service, &actor, id).await.unwrap().expose(), key);
            }
            let fields = [("email", text(&document["email"])), ("password", text(&document["password"]))];
            let signed_in = Browser::new(&app).submit("/sign-in", "/_fn/sign_in", &fields).await;
            assert_eq!((signed_in.status.as_u16(), signed_in.header("location")), (303, "/"));
            // A session of the release does not say which password it proved: it ends.
            let (name, value) = text(&document["session"]).split_once('=').unwrap();
            let mut browser = Browser::new(&app);
            browser.set_cookie(name, value);
            let overview = browser.get("/").await;
            assert_eq!((overview.status.as_u16(), overview.header("location")), (303, "/sign-in"));
        }
    }

    async fn commands_agree_on_the_upgraded_database_of_each_release(db: TestDatabase) {
        for release in releases() {
            let document = release.document(&db);
            let db = release.restore(&db).await;
            assert_eq!(run(&db, &["check"])["agree"], true);
            for before in document["licenses"].as_array().unwrap() {
                let after = run(&db, &["license", "show", text(&before["key"])]);
                assert_alike(&by_subject(before), &by_subject(&after), text(&before["key"]));
            }
            let verified = run(&db, &["audit", "verify"]);
            assert_eq!(verified["is_valid"], true, "{verified}");
            let doctor = binary(&db).args(["doctor", "--json"]).output().unwrap();
            let doctor: Value = serde_json::from_slice(&doctor.stdout).unwrap();
            let findings = doctor["findings"].as_array().unwrap();
            let codes: Vec<&str> = findings.iter().map(|finding| text(&finding["code"])).collect();
            for code in ["database_reached", "schema_current", "master_key_belongs"] {
                assert!(codes.contains(&code), "{code}: {doctor}");
            }
            // Databases of tests do not survive a power failure.
            let is_error = |finding: &&Value| {
                finding["severity"] == "error" && finding["code"] != "durability_fsync_off"
            };
            assert_eq!(findings.iter().filter(is_error).count(), 0, "{doctor}");
        }
    }
}
