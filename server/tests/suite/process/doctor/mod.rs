//! `countersign doctor`: what it finds in broken installations, and that it changes nothing.

mod database;
mod files;
mod outside;
mod tls;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::{Server, binary, run, wait_until};
use test_support::TestDatabase;

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

pub fn set_mode(path: &Path, mode: &str) {
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
    let last = shown.lines().rfind(|line| !line.starts_with(' ') && line.contains('['));
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
