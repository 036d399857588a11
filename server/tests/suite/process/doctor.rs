//! `countersign doctor`: what it finds in broken installations, and that it changes nothing.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::Value;

use super::full_disk::SmallDisk;
use super::{Server, binary, run, send_with_headers, wait_until};
use test_support::smtp::SmtpServer;
use test_support::{TestDatabase, on_both_databases};

/// What the doctor printed.
struct Outcome {
    status: Option<i32>,
    document: Value,
}

impl Outcome {
    fn find(&self, code: &str) -> Option<&Value> {
        self.document["findings"].as_array()?.iter().find(|finding| finding["code"] == code)
    }

    fn has(&self, code: &str) -> bool {
        self.find(code).is_some()
    }

    /// Asserts that there is a finding, with a remedy if it is a fault, and that the exit status is at least its own.
    fn assert(&self, code: &str) {
        let finding = self.find(code).unwrap_or_else(|| panic!("no {code}: {}", self.document));
        let least = match finding["severity"].as_str() {
            Some("error") => 2,
            Some("warning") => 1,
            _ => 0,
        };
        assert!(self.status >= Some(least), "{code}: {:?}", self.status);
        assert!(
            least == 0 || finding["remedy"].as_str().is_some_and(|remedy| remedy.len() > 10),
            "{finding}"
        );
    }
}

/// Returns an address at which no server listens.
fn closed_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// The command with the settings of a sound installation whose server does not run.
fn command(db: &TestDatabase) -> Command {
    let mut command = binary(db);
    command.arg("doctor").env("COUNTERSIGN_RATE_LIMITS", "on").env("COUNTERSIGN_LISTEN", closed_address());
    command
}

fn doctor(db: &TestDatabase, variables: &[(&str, &str)]) -> Outcome {
    outcome(command(db).envs(variables.iter().copied()))
}

fn outcome(command: &mut Command) -> Outcome {
    let output = command.arg("--json").output().expect("the binary");
    let document = serde_json::from_slice(&output.stdout).expect("one JSON document");
    Outcome { status: output.status.code(), document }
}

/// Returns a migrated SQLite database.
fn migrated() -> TestDatabase {
    let db = TestDatabase::sqlite();
    run(&db, &["migrate"]);
    db
}

fn set_mode(path: &Path, mode: &str) {
    assert!(Command::new("chmod").arg(mode).arg(path).status().expect("chmod").success());
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[test]
fn sound_installation_has_no_warnings() {
    let db = TestDatabase::sqlite();
    let backups = db.folder.path().join("backups");
    let backup_dir = ("COUNTERSIGN_BACKUP_DIR", text(&backups));
    let server = Server::start_with(&db, &[backup_dir]);
    let is_backup = |name: &str| name.ends_with("Z.db");
    assert!(wait_until(Duration::from_secs(20), || contents(&backups).keys().any(|name| is_backup(name))));
    let address = server.address.to_string();
    let origin = format!("http://{address}");
    let found = doctor(
        &db,
        &[("COUNTERSIGN_LISTEN", address.as_str()), ("COUNTERSIGN_PUBLIC_URL", origin.as_str()), backup_dir],
    );
    assert_eq!(found.status, Some(0), "{}", found.document);
    assert_eq!((&found.document["errors"], &found.document["warnings"]), (&0.into(), &0.into()));
    for code in [
        "settings_valid",
        "files_private",
        "disk_space_enough",
        "database_reached",
        "durability_full",
        "integrity_whole",
        "schema_current",
        "master_key_belongs",
        "backups_recent",
        "server_ready",
        "public_url_reached",
        "proxy_absent",
    ] {
        found.assert(code);
    }
}

#[test]
fn text_names_fault_and_remedy_and_ends_with_the_worst() {
    let db = migrated();
    let output =
        command(&db).env("COUNTERSIGN_SMTP_URL", "smtps://mail.example.com").output().expect("the binary");
    let shown = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.starts_with("error    ") && shown.contains("mail_from"), "{shown}");
    assert!(shown.contains("\n         > Correct the setting"), "{shown}");
    assert!(shown.ends_with("\n1 error, no warnings, no notes.\n"), "{shown}");
    let output = command(&db).output().expect("the binary");
    let shown = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(1), "{shown}");
    let last = shown.lines().filter(|line| !line.starts_with(' ') && line.contains('[')).next_back();
    assert!(last.is_some_and(|line| line.starts_with("warning  ")), "{shown}");
}

#[test]
fn wrong_settings_are_one_finding() {
    let db = TestDatabase::sqlite();
    for (name, value) in [
        ("COUNTERSIGN_LISTEN", "nowhere"),
        ("COUNTERSIGN_LISTNE", "x"),
        ("COUNTERSIGN_PUBLIC_URL", "ftp://x"),
    ] {
        let found = doctor(&db, &[(name, value)]);
        found.assert("settings_invalid");
        assert_eq!((found.status, found.document["findings"].as_array().map(Vec::len)), (Some(2), Some(1)));
    }
}

#[test]
fn faults_of_the_master_key_are_found() {
    let db = migrated();
    // 32 bytes of zeros.
    let other = "A".repeat(43);
    doctor(&db, &[("COUNTERSIGN_MASTER_KEY", other.as_str())]).assert("master_key_wrong");
    doctor(&db, &[("COUNTERSIGN_MASTER_KEY", "short")]).assert("master_key_invalid");
    outcome(command(&db).env_remove("COUNTERSIGN_MASTER_KEY")).assert("master_key_missing");
    assert!(!db.folder.path().join("master.key").exists(), "no key is created");
    let file = db.folder.path().join("master.key");
    std::fs::write(&file, &db.master).expect("written");
    set_mode(&file, "644");
    let found = outcome(command(&db).env_remove("COUNTERSIGN_MASTER_KEY"));
    found.assert("master_key_readable");
    found.assert("master_key_belongs");
    assert_eq!(found.status, Some(2));
    std::fs::write(&file, &other).expect("written");
    set_mode(&file, "600");
    doctor(&db, &[]).assert("master_key_file_unused");
}

#[test]
fn faults_of_backups_are_found() {
    let db = migrated();
    doctor(&db, &[]).assert("backups_not_configured");
    let folder = db.folder.path().join("backups");
    let backup_dir = ("COUNTERSIGN_BACKUP_DIR", text(&folder));
    doctor(&db, &[backup_dir]).assert("backup_folder_missing");
    assert!(!folder.exists(), "it is not created");
    std::fs::create_dir(&folder).expect("a folder");
    doctor(&db, &[backup_dir]).assert("backups_missing");
    std::fs::write(folder.join("countersign-20200101T000000Z.db"), "").expect("a file");
    let found = doctor(&db, &[backup_dir]);
    found.assert("backups_overdue");
    found.assert("backups_on_same_disk");
}

#[test]
fn open_and_read_only_files_are_found() {
    let db = migrated();
    set_mode(&db.folder.path().join("test.db"), "644");
    set_mode(db.folder.path(), "777");
    let found = doctor(&db, &[]);
    found.assert("database_file_readable");
    found.assert("data_folder_writable");
    set_mode(db.folder.path(), "500");
    // The permissions do not hold for root.
    let is_root = std::fs::write(db.folder.path().join("new"), "").is_ok();
    let found = doctor(&db, &[]);
    set_mode(db.folder.path(), "700");
    assert!(is_root || found.has("data_folder_read_only"), "{}", found.document);
}

#[test]
fn full_and_read_only_disks_are_found() {
    let mut db = TestDatabase::sqlite();
    let folder = db.folder.path().join("small");
    let Some(_disk) = SmallDisk::mount(&folder) else {
        println!("not run: mounting a small file system takes root");
        return;
    };
    set_mode(&folder, "700");
    db.url = format!("sqlite://{}", folder.join("test.db").display());
    run(&db, &["migrate"]);
    doctor(&db, &[]).assert("disk_space_exhausted");
    let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(&folder).status().expect("mount");
    assert!(remounted.success());
    let found = doctor(&db, &[("COUNTERSIGN_DATA_DIR", text(&folder))]);
    found.assert("data_folder_read_only");
    found.assert("integrity_whole");
}

#[test]
fn damaged_database_is_found() {
    let db = migrated();
    let file = db.folder.path().join("test.db");
    let mut bytes = std::fs::read(&file).expect("the database");
    let start = bytes.len() / 2;
    bytes[start..].fill(0xff);
    std::fs::write(&file, bytes).expect("written");
    let found = doctor(&db, &[]);
    assert!(found.has("integrity_damaged") || found.has("database_unreachable"), "{}", found.document);
    assert_eq!(found.status, Some(2));
}

#[test]
fn nothing_is_created_before_the_first_start() {
    let db = TestDatabase::sqlite();
    let folder = db.folder.path().join("data");
    let database = format!("sqlite://{}", folder.join("countersign.db").display());
    let found =
        outcome(command(&db).env_remove("COUNTERSIGN_MASTER_KEY").envs([
            ("COUNTERSIGN_DATA_DIR", text(&folder)),
            ("COUNTERSIGN_DATABASE_URL", database.as_str()),
        ]));
    for code in ["data_folder_missing", "database_missing", "master_key_not_created", "server_not_running"] {
        found.assert(code);
    }
    assert_eq!(found.status, Some(1), "{}", found.document);
    assert!(!folder.exists());
}

#[test]
fn doctor_changes_no_file_of_a_stopped_server() {
    let db = TestDatabase::sqlite();
    let mut server = Server::start(&db);
    assert!(server.stop());
    let before = contents(db.folder.path());
    doctor(&db, &[]).assert("integrity_whole");
    assert_eq!(contents(db.folder.path()), before);
}

/// Returns the files of a folder with their contents, without the index of a WAL, which is memory of its readers.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().is_file()).map(|entry| {
        (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap_or_default())
    });
    files.filter(|(name, _)| !name.ends_with("-shm")).collect()
}

#[test]
fn faults_of_the_public_address_are_found() {
    let (db, other) = (TestDatabase::sqlite(), TestDatabase::sqlite());
    let (server, stranger) = (Server::start(&db), Server::start(&other));
    let address = server.address.to_string();
    let at = |public: &str, proxies: &str| {
        let origin = format!("http://{public}");
        let variables = [
            ("COUNTERSIGN_LISTEN", address.as_str()),
            ("COUNTERSIGN_PUBLIC_URL", origin.as_str()),
            ("COUNTERSIGN_TRUSTED_PROXIES", proxies),
        ];
        doctor(&db, &variables)
    };
    at(&closed_address(), "").assert("public_url_unreachable");
    at(&stranger.address.to_string(), "").assert("public_url_of_another");
    at(&address, "127.0.0.1").assert("proxy_sends_no_address");
    at(&address, "10.0.0.0/8").assert("proxy_bypassed");
    at(&address, "0.0.0.0/0").assert("proxies_trust_all");
    drop(server);
    at(&address, "").assert("public_url_not_checked");
}

#[test]
fn health_check_answers_no_probe_without_a_signature() {
    let db = TestDatabase::sqlite();
    let server = Server::start(&db);
    for probe in ["", "1.2.3", "1768473000000.AAAA.00"] {
        let headers = format!("Countersign-Probe: {probe}\r\n");
        let (status, _, body) =
            send_with_headers(server.address, "GET", "/healthz", &headers, "").expect("an answer");
        assert_eq!((status, body.as_str()), (200, r#"{"status":"ok"}"#), "{probe}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_server_is_greeted_and_gets_no_mail() {
    let (db, smtp) = (migrated(), SmtpServer::start().await);
    let with = |url: &str| {
        doctor(&db, &[("COUNTERSIGN_SMTP_URL", url), ("COUNTERSIGN_MAIL_FROM", "Maple <a@maple.example>")])
    };
    with(&smtp.url()).assert("mail_ready");
    assert_eq!((smtp.connections(), smtp.received().len()), (1, 0));
    with(&format!("{}?tls=required", smtp.url())).assert("mail_server_fails");
    with(&format!("smtp://{}", closed_address())).assert("mail_server_fails");
}

on_both_databases! {
    async fn newer_and_older_schemas_are_found(db: TestDatabase) {
        run(&db, &["migrate"]);
        doctor(&db, &[]).assert("schema_current");
        let raw = Database::connect(&db.url).await.expect("a connection");
        raw.execute_unprepared("UPDATE seaql_migrations SET version = 'm29990101_000001_future' WHERE version = \
            (SELECT max(version) FROM seaql_migrations)").await.expect("updated");
        let found = doctor(&db, &[]);
        found.assert("schema_newer");
        assert_eq!(found.status, Some(2));
        raw.execute_unprepared("DELETE FROM seaql_migrations WHERE version = 'm29990101_000001_future'").await.expect("deleted");
        doctor(&db, &[]).assert("schema_pending");
        raw.close().await.expect("closed");
    }

    async fn unreachable_database_is_found(db: TestDatabase) {
        run(&db, &["migrate"]);
        let folder = db.folder.path();
        let url = if db.is_sqlite() {
            format!("sqlite://{}", folder.display())
        } else {
            format!("postgres://postgres@{}/nothing", closed_address())
        };
        let found = doctor(&db, &[("COUNTERSIGN_DATABASE_URL", url.as_str())]);
        found.assert("database_unreachable");
        assert_eq!(found.status, Some(2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_postgres_are_found_as_the_database_has_them() {
    let db = TestDatabase::postgres().await;
    run(&db, &["migrate"]);
    let raw = Database::connect(&db.url).await.expect("a connection");
    let set = |value: &str| {
        format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = {value}', current_database()); END $$"
        )
    };
    raw.execute_unprepared(&set("on")).await.expect("set");
    let found = doctor(&db, &[]);
    assert!(!found.has("durability_commits_may_be_lost"), "{}", found.document);
    for code in
        ["database_reached", "clock_agrees", "schema_current", "master_key_belongs", "backups_external"]
    {
        found.assert(code);
    }
    raw.execute_unprepared(&set("off")).await.expect("set");
    doctor(&db, &[]).assert("durability_commits_may_be_lost");
    raw.close().await.expect("closed");
}
