//! Backup and restore of a SQLite database, and its lock.

use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use test_support::TestDatabase;

use super::{Server, binary, issue, run, send, try_run, wait_until};

/// Returns an empty database with the master key of another one.
fn empty_copy_of(db: &TestDatabase) -> TestDatabase {
    TestDatabase { master: db.master.clone(), ..TestDatabase::sqlite() }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn activate(server: &Server, key: &str, domain: &str) -> bool {
    let body = serde_json::json!({ "license_key": key, "domain": domain }).to_string();
    send(server.address, "POST", "/activate", &body).is_some_and(|(status, _)| status == 200)
}

fn is_active(server: &Server, key: &str, domain: &str) -> bool {
    server.verify(key, domain).is_some_and(|(_, body)| body.contains("\"valid\":true"))
}

#[test]
fn backup_under_load_restores_every_activation_acknowledged_before_it_began() {
    let db = TestDatabase::sqlite();
    let key = issue(&db, 1_000_000);
    let server = Server::start(&db);
    let file = db.folder.path().join("copy.db");
    let (stop, acknowledged) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let before = std::thread::scope(|scope| {
        for client in 0..4 {
            let (key, server, stop, acknowledged) = (&key, &server, &stop, &acknowledged);
            scope.spawn(move || {
                for n in 0..5_000 {
                    let domain = format!("d{n}.c{client}.com");
                    if activate(server, key, &domain) {
                        acknowledged.lock().unwrap().push(domain);
                    }
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        std::thread::sleep(Duration::from_millis(500));
        let before = acknowledged.lock().unwrap().clone();
        let written = run(&db, &["backup", text(&file)]);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(written["verified"], true);
        assert!(written["activations"].as_u64().unwrap() >= before.len() as u64);
        before
    });
    assert!(before.len() > 20, "the load was too small to prove anything: {}", before.len());
    let (success, refused) = try_run(&db, &["backup", text(&file)], "");
    assert!(!success && refused["error"].as_str().unwrap().contains("never overwritten"), "{refused}");

    let restored = empty_copy_of(&db);
    run(&restored, &["restore", text(&file)]);
    let (success, refused) = try_run(&restored, &["restore", text(&file)], "");
    assert!(!success && refused["error"].as_str().unwrap().contains("never overwritten"), "{refused}");
    let server = Server::start(&restored);
    let missing: Vec<_> = before.iter().filter(|domain| !is_active(&server, &key, domain)).collect();
    assert_eq!(missing, Vec::<&String>::new());
    assert_eq!(run(&restored, &["check"])["agree"], true);
}

#[test]
fn plain_copy_of_the_files_of_an_idle_server_is_whole() {
    let db = TestDatabase::sqlite();
    let key = issue(&db, 10);
    let server = Server::start(&db);
    assert!(activate(&server, &key, "a.com"));
    let copied = wait_until(Duration::from_secs(10), || {
        let copy = empty_copy_of(&db);
        std::fs::copy(db.folder.path().join("test.db"), copy.folder.path().join("test.db")).unwrap();
        let (success, shown) = try_run(&copy, &["license", "show", &key], "");
        success && shown["domains_used"] == 1
    });
    assert!(copied, "the WAL was not copied into the database file");
}

#[test]
fn killed_backup_leaves_no_file_that_looks_whole() {
    let db = TestDatabase::sqlite();
    let key = issue(&db, 10);
    let server = Server::start(&db);
    for round in 0..8 {
        let file = db.folder.path().join(format!("{round}.db"));
        let mut child = binary(&db)
            .args(["backup", text(&file)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        std::thread::sleep(Duration::from_millis(10 * round));
        let _ = child.kill();
        let _ = child.wait();
        if file.exists() {
            let restored = empty_copy_of(&db);
            run(&restored, &["restore", text(&file)]);
        }
        // The next attempt replaces the partial file.
        if !file.exists() {
            run(&db, &["backup", text(&file)]);
        }
    }
    assert!(activate(&server, &key, "after.com"));
}

#[test]
fn killed_restore_leaves_no_database_or_a_whole_one() {
    let db = TestDatabase::sqlite();
    let key = issue(&db, 10);
    let file = db.folder.path().join("copy.db");
    run(&db, &["license", "issue", "--product", "plugin", "--count", "1000"]);
    run(&db, &["backup", text(&file)]);
    let mut interrupted = 0;
    for round in 0..8 {
        let restored = empty_copy_of(&db);
        let mut child = binary(&restored)
            .args(["restore", text(&file)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        std::thread::sleep(Duration::from_millis(8 * round));
        let _ = child.kill();
        let _ = child.wait();
        if !restored.folder.path().join("test.db").exists() {
            interrupted += 1;
            run(&restored, &["restore", text(&file)]);
        }
        assert_eq!(run(&restored, &["license", "show", &key])["domains_used"], 0);
        assert_eq!(run(&restored, &["check"])["agree"], true);
    }
    assert!(interrupted > 0, "every restore was faster than its kill");
}

#[test]
fn damaged_and_foreign_backups_are_not_restored() {
    let db = TestDatabase::sqlite();
    issue(&db, 10);
    let file = db.folder.path().join("copy.db");
    run(&db, &["backup", text(&file)]);
    let restored = empty_copy_of(&db);
    let damaged = restored.folder.path().join("damaged.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let half = bytes.len() / 2;
    bytes.truncate(half);
    std::fs::write(&damaged, bytes).unwrap();
    std::fs::write(restored.folder.path().join("text.db"), "no database").unwrap();
    for bad in ["damaged.db", "text.db", "missing.db"] {
        let (success, refused) =
            try_run(&restored, &["restore", text(&restored.folder.path().join(bad))], "");
        assert!(
            !success && refused["error"].as_str().unwrap().contains("no whole backup"),
            "{bad}: {refused}"
        );
    }
    let mut other = TestDatabase::sqlite();
    other.master = data_encoding::BASE64URL_NOPAD.encode(&[9; 32]);
    let (success, refused) = try_run(&other, &["restore", text(&file)], "");
    assert!(!success && refused["error"].as_str().unwrap().contains("another master key"), "{refused}");
    assert!(!other.folder.path().join("test.db").exists());
}

#[test]
fn scheduled_backups_are_kept_up_to_their_number_and_reported() {
    let db = TestDatabase::sqlite();
    issue(&db, 10);
    let folder = db.folder.path().join("backups");
    let server = Server::start_with(
        &db,
        &[
            ("COUNTERSIGN_BACKUP_DIR", text(&folder)),
            ("COUNTERSIGN_BACKUP_EVERY", "1s"),
            ("COUNTERSIGN_BACKUP_KEEP", "2"),
        ],
    );
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.filter(|name| name.strip_suffix(".db").is_some()).collect();
        names.sort();
        names
    };
    assert!(wait_until(Duration::from_secs(20), || names().len() == 2));
    let first = names();
    assert!(wait_until(Duration::from_secs(20), || names()[0] > first[1]), "old backups are deleted");
    assert!(names().len() <= 3);
    let (_, ready) = server.send("GET", "/readyz", "").unwrap();
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert!(ready["backup"]["age_seconds"].as_i64().unwrap() < 20, "{ready}");
    let newest = names().pop().expect("a backup");
    run(&empty_copy_of(&db), &["restore", text(&folder.join(newest))]);
}

#[test]
fn second_server_on_a_sqlite_file_is_refused_and_takeover_waits() {
    let db = TestDatabase::sqlite();
    let mut first = Server::start(&db);
    let (success, refused) = try_run(&db, &["serve", "--listen", "127.0.0.1:0"], "");
    let error = refused["error"].as_str().unwrap_or_default().to_owned();
    assert!(!success && error.contains(&first.address.to_string()), "{refused}");
    let waiting = std::thread::spawn({
        let mut command = binary(&db);
        move || {
            command.args(["serve", "--takeover", "--json", "--listen", "127.0.0.1:0"]);
            Server::spawn(command)
        }
    });
    std::thread::sleep(Duration::from_millis(500));
    assert!(!waiting.is_finished(), "it waits for the first server");
    first.kill();
    let second = waiting.join().expect("the second server starts");
    assert_eq!(second.send("GET", "/readyz", "").unwrap().0, 200);
}

#[cfg(unix)]
#[test]
fn data_folder_of_a_first_start_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let db = TestDatabase::sqlite();
    let data = db.folder.path().join("new");
    let url = format!("sqlite://{}", data.join("countersign.db").display());
    let variables = [("COUNTERSIGN_DATA_DIR", text(&data)), ("COUNTERSIGN_DATABASE_URL", url.as_str())];
    let _server = Server::start_with(&db, &variables);
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn lost_master_key_is_not_replaced() {
    let db = TestDatabase::sqlite();
    let without_setting = |args: &[&str]| {
        let mut command = binary(&db);
        command.env_remove("COUNTERSIGN_MASTER_KEY").args(args).arg("--json");
        command.output().expect("the command runs")
    };
    assert!(without_setting(&["migrate"]).status.success());
    let key = db.folder.path().join("master.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let refused = without_setting(&["migrate"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stdout).contains("master.key is missing"), "{refused:?}");
    assert!(!key.exists(), "no other key is made");
    std::fs::write(&key, kept).unwrap();
    let file = db.folder.path().join("copy.db");
    assert!(without_setting(&["backup", text(&file), "--with-master-key"]).status.success());

    // A new machine: the backup and its key file alone.
    let restored = TestDatabase::sqlite();
    let mut command = binary(&restored);
    command.env_remove("COUNTERSIGN_MASTER_KEY").args(["restore", text(&file), "--json"]);
    let output = command.output().expect("the command runs");
    assert!(output.status.success(), "{output:?}");
    assert!(restored.folder.path().join("master.key").exists());
}
