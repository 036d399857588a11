//! Operator commands, also while the server runs.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database};
use service::Clock;

use super::{Server, binary, issue, run, send, try_run, wait_until};
use test_support::TestDatabase;
use test_support::on_both_databases;

on_both_databases! {
    async fn license_commands_take_effect_on_the_running_server(db: TestDatabase) {
        let key = issue(&db, 2);
        let server = Server::start(&db);
        assert_eq!(server.activate(&key, "a.com").unwrap().0, 200);
        let verify_contains = |word: &str| server.verify(&key, "a.com").is_some_and(|(_, body)| body.contains(word));
        // The bound is on requests that arrive afterwards. The duration of their responses is not part of it.
        let effective_in_time = |word: &str| {
            std::thread::sleep(Duration::from_millis(250));
            verify_contains(word)
        };
        // Until it listens for invalidations, the server reads from the database. Then it uses the cache.
        assert!(wait_until(Duration::from_secs(2), || verify_contains("true")));
        std::thread::sleep(Duration::from_millis(500));
        for _ in 0..2 {
            assert!(verify_contains("true"));
            let shown = run(&db, &["license", "suspend", &key, "--reason", "late"]);
            assert_eq!((shown["standing"].as_str(), shown["reason"].as_str()), (Some("suspended"), Some("late")));
            assert!(effective_in_time("suspended"));
            run(&db, &["license", "reinstate", &key]);
            assert!(effective_in_time("true"));
        }
        run(&db, &["license", "revoke", &key]);
        assert!(effective_in_time("revoked"));
    }

    async fn a_product_update_is_effective_in_a_running_server(db: TestDatabase) {
        let key = issue(&db, 1);
        let server = Server::start(&db);
        let body = serde_json::json!({ "license_key": key, "domain": "shop.com" }).to_string();
        assert_eq!(send(server.address, "POST", "/activate", &body).map(|(status, _)| status), Some(200));
        let covers_www = || server.verify(&key, "www.shop.com").is_some_and(|(_, body)| body.contains("\"valid\":true"));
        assert!(!covers_www());
        for (scope, expected) in [("www", true), ("host", false)] {
            let updated = run(&db, &["product", "update", "plugin", "--slot-scope", scope]);
            assert_eq!(updated["slot_scope"], scope);
            std::thread::sleep(Duration::from_millis(250));
            assert_eq!(covers_www(), expected, "{scope}");
        }
        let changes = ["--name", "Studio", "--new-slug", "studio", "--domain-limit", "unlimited", "--validity", "1 year"];
        let updated = run(&db, &[&["product", "update", "plugin"], &changes[..]].concat());
        assert_eq!((&updated["name"], &updated["slug"]), (&"Studio".into(), &"studio".into()));
        assert_eq!((&updated["domain_limit"], &updated["validity"]), (&serde_json::Value::Null, &"P1Y".into()));
        let hosts = run(&db, &["product", "update", "studio", "--development-hosts", "dev.*,qa.example.com"]);
        assert_eq!(hosts["development_hosts"], serde_json::json!(["dev.*", "qa.example.com"]));
        assert_eq!((&hosts["name"], &hosts["validity"]), (&"Studio".into(), &"P1Y".into()), "what is not named stays");
        for rule in ["14", "always", "never"] {
            run(&db, &["product", "update", "studio", "--customer-release", rule]);
            assert_eq!(run(&db, &["product", "show", "studio"])["customer_release"], rule);
        }
        for rule in ["45", "never"] {
            run(&db, &["product", "update", "studio", "--customer-offline", rule]);
            assert_eq!(run(&db, &["product", "show", "studio"])["customer_offline"], rule);
        }
        let (success, refused) = try_run(&db, &["product", "update", "studio", "--slot-scope", "all"], "");
        assert!(!success && refused["error"].as_str().unwrap().contains("--slot-scope"), "{refused}");
        let moved = run(&db, &["license", "transfer", &key, "--customer-email", "grace@example.com", "--customer-name", "Grace"]);
        assert_eq!((&moved["customer_email"], &moved["domains_used"]), (&"grace@example.com".into(), &1.into()));
        let (success, refused) = try_run(&db, &["license", "transfer", &key], "");
        assert!(!success && refused["error"].as_str().unwrap().contains("--customer-email"), "{refused}");
    }

    async fn product_license_and_user_commands_succeed_or_report_the_reason(db: TestDatabase) {
        let key = issue(&db, 2);
        assert!(key.starts_with("LIC-") && key.len() == 23, "{key}");
        let product = run(&db, &["product", "show", "plugin"]);
        assert_eq!((product["slug"].as_str(), product["licenses"].as_i64()), (Some("plugin"), Some(1)));
        let issued = run(&db, &["license", "issue", "--product", "plugin", "--count", "3", "--customer-email", "g@x.de", "--expires-at", "2099-01-01"]);
        assert_eq!(issued["licenses"].as_array().map(Vec::len), Some(3));
        let first_key = issued["licenses"][0]["key"].as_str().unwrap().to_lowercase();
        let shown = run(&db, &["license", "show", &first_key]);
        assert_eq!(shown["expires_at"], "2099-01-01T23:59:59Z");
        assert_eq!(shown["customer_email"], "g@x.de");
        assert_eq!(shown["domain_limit"], 1);
        for (args, input, expected) in [
            (vec!["license", "show", "LIC-0000-0000-0000-0000"], "", "no license"),
            (vec!["license", "reinstate", &key], "", "not suspended"),
            (vec!["license", "issue", "--product", "nothing"], "", "no product"),
            (vec!["license", "issue", "--product", "plugin", "--expires-at", "soon"], "", "expires-at"),
            (vec!["product", "create", "--account", "ada", "--name", "X", "--slug", "plugin"], "", "slug"),
            (vec!["user", "reset-password", "--email", "ada@example.com", "--password-stdin"], "short", "10 characters"),
            (vec!["user", "reset-password", "--email", "no@example.com", "--password-stdin"], "a good password", "Not found"),
        ] {
            let (success, document) = try_run(&db, &args, input);
            let error = document["error"].as_str().unwrap_or_default();
            assert!(!success && error.contains(expected), "{args:?}: {document}");
        }
        let (success, _) = try_run(&db, &["user", "reset-password", "--email", "ada@example.com", "--password-stdin"], "another password");
        assert!(success);
        run(&db, &["migrate"]);
    }

    async fn audit_verify_command_fails_at_a_break(db: TestDatabase) {
        issue(&db, 2);
        // Sealed as by a server some time later.
        let later = Clock::manual(Clock::System.now().plus_seconds(3600));
        let service = db.open_at(later).await;
        while service::audit::seal_batch(&service).await.unwrap() {}
        let sound = run(&db, &["audit", "verify", "--account", "ada"]);
        assert_eq!(sound["is_valid"], true);
        let account = &sound["accounts"][0];
        assert_eq!((&account["account"], &account["unsealed"]), (&"ada".into(), &0.into()));
        assert_eq!(account["verified"], account["position"]);
        assert!(account["verified"].as_i64() > Some(2), "{sound}");
        assert_eq!(run(&db, &["audit", "verify"]), sound);
        let raw = Database::connect(&db.url).await.unwrap();
        raw.execute_unprepared("UPDATE audit_entries SET actor_name = 'eve' WHERE action = 'license.issued'").await.unwrap();
        let (success, broken) = try_run(&db, &["audit", "verify"], "");
        let error = broken["error"].as_str().unwrap_or_default();
        assert!(!success && error.contains("audit log of ada breaks at position") && error.contains("(changed)"), "{broken}");
        let (success, unknown) = try_run(&db, &["audit", "verify", "--account", "nothing"], "");
        assert!(!success && unknown["error"].as_str().unwrap().contains("no account"), "{unknown}");
    }

    async fn database_of_a_newer_version_is_refused_in_words_by_each_command(db: TestDatabase) {
        let key = issue(&db, 1);
        let raw = Database::connect(&db.url).await.unwrap();
        raw.execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_future', 0)").await.unwrap();
        raw.execute_unprepared("UPDATE instance SET migrated_by = '99.1.0'").await.unwrap();
        let backup = db.folder.path().join("backup.db").display().to_string();
        for args in [
            vec!["serve", "--listen", "127.0.0.1:0"],
            vec!["migrate"],
            vec!["demo"],
            vec!["check"],
            vec!["product", "list", "--account", "ada"],
            vec!["license", "show", &key],
            vec!["audit", "verify"],
            vec!["backup", &backup],
        ] {
            let (success, document) = try_run(&db, &args, "");
            let error = document["error"].as_str().unwrap_or_default();
            assert!(!success, "{args:?}: {document}");
            for words in [
                "Version 99.1.0 of Countersign has migrated this database.",
                concat!("This is version ", env!("CARGO_PKG_VERSION")),
                "m29990101_000001_future",
                "Start version 99.1.0 or newer.",
                "restore the backup from before the upgrade",
            ] {
                assert!(error.contains(words), "{args:?}: {error}");
            }
            assert!(!error.contains("Migration file") && !error.contains("database error"), "{args:?}: {error}");
        }
        raw.execute_unprepared("DELETE FROM seaql_migrations WHERE version = 'm29990101_000001_future'").await.unwrap();
        raw.close().await.unwrap();
        run(&db, &["migrate"]);
    }

    async fn healthcheck_command_reports_whether_the_server_runs(db: TestDatabase) {
        let server = Server::start(&db);
        let mut command = binary(&db);
        command.arg("healthcheck").env("COUNTERSIGN_LISTEN", server.address.to_string());
        assert!(command.output().unwrap().status.success());
        drop(server);
        assert!(!command.output().unwrap().status.success());
    }
}

#[test]
fn config_command_masks_secrets() {
    let db = TestDatabase::sqlite();
    let config = run(&db, &["config"]);
    assert_eq!(config["master_key"], "********");
    assert_eq!(config["rate_limits"], "off");
    assert!(!config.to_string().contains(&db.master));
}

#[test]
fn invalid_setting_is_reported_and_stops_the_start() {
    let db = TestDatabase::sqlite();
    for (name, value, expected) in [
        ("COUNTERSIGN_LISTEN", "nowhere", "listen"),
        ("COUNTERSIGN_RATE_LIMITS", "perhaps", "rate_limits"),
        ("COUNTERSIGN_RATE_LIMIT_SCOPE", "instance", "rate_limit_scope"),
        ("COUNTERSIGN_DATABASE_URL", "mysql://x", "database_url"),
        ("COUNTERSIGN_MASTER_KEY", "short", "master_key"),
        ("COUNTERSIGN_PUBLIC_URL", "ftp://x", "public_url"),
        ("COUNTERSIGN_LISTNE", "127.0.0.1:1", "listne"),
        ("COUNTERSIGN_SMTP_URL", "smtps://mail.example.com", "mail_from"),
        ("COUNTERSIGN_METRICS_LISTEN", "0.0.0.0:0", "metrics_token"),
        ("COUNTERSIGN_LOCALES_DIR", "/no/such/folder", "locales_dir"),
        ("COUNTERSIGN_TRACES_ENDPOINT", "127.0.0.1:4318", "traces_endpoint"),
    ] {
        let output = binary(&db).env(name, value).arg("serve").output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && stderr.contains(expected), "{name}={value}: {stderr}");
    }
}

#[test]
fn demo_command_fills_only_an_empty_instance() {
    let db = TestDatabase::sqlite();
    let demo = run(&db, &["demo", "--licenses", "40"]);
    assert_eq!(demo["licenses"], 40);
    let server = Server::start(&db);
    let (key, domain) = (demo["key"].as_str().unwrap(), demo["domain"].as_str().unwrap());
    assert!(server.verify(key, domain).unwrap().1.contains("true"));
    assert!(!try_run(&db, &["demo"], "").0);
}
