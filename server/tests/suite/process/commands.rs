//! The operator's commands, while the server runs.

use std::time::Duration;

use super::{Server, binary, issue, run, try_run, within};
use crate::on_both_databases;
use crate::support::TestDatabase;

on_both_databases! {
    async fn what_they_change_is_seen_by_the_running_server(db: TestDatabase) {
        let key = issue(&db, 2);
        let server = Server::start(&db);
        assert_eq!(server.activate(&key, "a.com").unwrap().0, 200);
        let says = |word: &str| server.verify(&key, "a.com").is_some_and(|(_, body)| body.contains(word));
        // Until it listens it reads through; then it is warm.
        assert!(within(Duration::from_secs(2), || says("true")));
        std::thread::sleep(Duration::from_millis(500));
        for _ in 0..2 {
            assert!(says("true"));
            let shown = run(&db, &["license", "suspend", &key, "--reason", "late"]);
            assert_eq!((shown["standing"].as_str(), shown["reason"].as_str()), (Some("suspended"), Some("late")));
            assert!(within(Duration::from_millis(250), || says("suspended")));
            run(&db, &["license", "reinstate", &key]);
            assert!(within(Duration::from_millis(250), || says("true")));
        }
        run(&db, &["license", "revoke", &key]);
        assert!(within(Duration::from_millis(250), || says("revoked")));
    }

    async fn products_licenses_and_users(db: TestDatabase) {
        let key = issue(&db, 2);
        assert!(key.starts_with("LIC-") && key.len() == 23, "{key}");
        let product = run(&db, &["product", "show", "plugin"]);
        assert_eq!((product["slug"].as_str(), product["licenses"].as_i64()), (Some("plugin"), Some(1)));
        let many = run(&db, &["license", "issue", "--product", "plugin", "--count", "3", "--customer-email", "g@x.de", "--expires-at", "2099-01-01"]);
        assert_eq!(many["licenses"].as_array().map(Vec::len), Some(3));
        let one = many["licenses"][0]["key"].as_str().unwrap().to_lowercase();
        let shown = run(&db, &["license", "show", &one]);
        assert_eq!(shown["expires_at"], "2099-01-01T23:59:59Z");
        assert_eq!(shown["customer_email"], "g@x.de");
        assert_eq!(shown["domain_limit"], 1);
        for (args, input, words) in [
            (vec!["license", "show", "LIC-0000-0000-0000-0000"], "", "no license"),
            (vec!["license", "reinstate", &key], "", "not suspended"),
            (vec!["license", "issue", "--product", "nothing"], "", "no product"),
            (vec!["license", "issue", "--product", "plugin", "--expires-at", "soon"], "", "expires-at"),
            (vec!["product", "create", "--account", "ada", "--name", "X", "--slug", "plugin"], "", "slug"),
            (vec!["user", "reset-password", "--email", "ada@example.com", "--password-stdin"], "short", "10 characters"),
            (vec!["user", "reset-password", "--email", "no@example.com", "--password-stdin"], "a good password", "Not found"),
        ] {
            let (done, document) = try_run(&db, &args, input);
            let error = document["error"].as_str().unwrap_or_default();
            assert!(!done && error.contains(words), "{args:?}: {document}");
        }
        let (done, _) = try_run(&db, &["user", "reset-password", "--email", "ada@example.com", "--password-stdin"], "another password");
        assert!(done);
        run(&db, &["migrate"]);
    }

    async fn health_is_asked_without_curl(db: TestDatabase) {
        let server = Server::start(&db);
        let mut command = binary(&db);
        command.arg("healthcheck").env("COUNTERSIGN_LISTEN", server.address.to_string());
        assert!(command.output().unwrap().status.success());
        drop(server);
        assert!(!command.output().unwrap().status.success());
    }
}

#[test]
fn settings_are_printed_without_secrets() {
    let db = TestDatabase::sqlite();
    let config = run(&db, &["config"]);
    assert_eq!(config["master_key"], "********");
    assert_eq!(config["rate_limits"], "off");
    assert!(!config.to_string().contains(&db.master));
}

#[test]
fn a_wrong_setting_stops_the_start_and_is_named() {
    let db = TestDatabase::sqlite();
    for (name, value, words) in [
        ("COUNTERSIGN_LISTEN", "nowhere", "listen"),
        ("COUNTERSIGN_RATE_LIMITS", "perhaps", "rate_limits"),
        ("COUNTERSIGN_DATABASE_URL", "mysql://x", "database_url"),
        ("COUNTERSIGN_MASTER_KEY", "short", "master_key"),
        ("COUNTERSIGN_PUBLIC_URL", "ftp://x", "public_url"),
        ("COUNTERSIGN_LISTNE", "127.0.0.1:1", "listne"),
    ] {
        let output = binary(&db).env(name, value).arg("serve").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(words), "{name}={value}: {said}");
    }
}

#[test]
fn the_demo_fills_an_empty_instance_once() {
    let db = TestDatabase::sqlite();
    let demo = run(&db, &["demo", "--licenses", "40"]);
    assert_eq!(demo["licenses"], 40);
    let server = Server::start(&db);
    let (key, domain) = (demo["key"].as_str().unwrap(), demo["domain"].as_str().unwrap());
    assert!(server.verify(key, domain).unwrap().1.contains("true"));
    assert!(!try_run(&db, &["demo"], "").0);
}
