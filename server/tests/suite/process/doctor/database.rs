//! Faults of databases.

use sea_orm::{ConnectionTrait as _, Database, Statement};

use super::super::run;
use super::{closed_address, command, doctor, migrated, outcome};
use test_support::{TestDatabase, on_both_databases};

#[test]
fn file_with_another_header_is_damaged() {
    let db = migrated();
    let file = db.folder.path().join("test.db");
    let mut bytes = std::fs::read(&file).expect("the database");
    bytes[..16].copy_from_slice(b"no database here");
    std::fs::write(&file, bytes).expect("written");
    let found = doctor(&db, &[]);
    found.assert("integrity_damaged");
    assert!(!found.has("database_unreachable"), "{}", found.document);
    assert_eq!(found.status, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn page_with_other_content_is_damaged() {
    let db = migrated();
    let file = db.folder.path().join("test.db");
    // A page that the doctor's own statements do not read.
    let raw = Database::connect(&db.url).await.expect("a connection");
    let sql = "SELECT (SELECT rootpage FROM sqlite_master WHERE name = 'licenses') AS page, \
               (SELECT page_size FROM pragma_page_size) AS size";
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await;
    let row = row.expect("a row").expect("a row");
    let number =
        |name: &str| usize::try_from(row.try_get::<i64>("", name).expect("a number")).expect("a number");
    let (page, size) = (number("page"), number("size"));
    raw.close().await.expect("closed");
    let mut bytes = std::fs::read(&file).expect("the database");
    bytes[(page - 1) * size..page * size].fill(0xff);
    std::fs::write(&file, bytes).expect("written");
    let found = doctor(&db, &[]);
    found.assert("integrity_damaged");
    found.assert("database_reached");
    assert_eq!(found.status, Some(2));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn database_behind_a_symbolic_link_is_read_with_its_wal() {
    let db = migrated();
    let link = db.folder.path().join("link.db");
    std::os::unix::fs::symlink(db.folder.path().join("test.db"), &link).expect("a link");
    // The open connection keeps the change in the WAL.
    let raw = Database::connect(&db.url).await.expect("a connection");
    raw.execute_unprepared(
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_future', 0)",
    )
    .await
    .expect("inserted");
    let url = format!("sqlite://{}", link.display());
    let found = doctor(&db, &[("COUNTERSIGN_DATABASE_URL", url.as_str())]);
    found.assert("schema_newer");
    found.assert("integrity_whole");
    raw.close().await.expect("closed");
}

#[test]
fn lost_database_is_an_error() {
    let db = migrated();
    std::fs::write(db.folder.path().join("master.key"), &db.master).expect("written");
    let file = db.folder.path().join("test.db");
    std::fs::write(&file, "").expect("emptied");
    doctor(&db, &[]).assert("database_lost");
    std::fs::remove_file(&file).expect("removed");
    let found = doctor(&db, &[]);
    found.assert("database_lost");
    assert!(!found.has("database_missing"), "{}", found.document);
    assert_eq!(found.status, Some(2));
    assert!(!file.exists(), "it is not created");
    std::fs::remove_file(db.folder.path().join("master.key")).expect("removed");
    let backups = db.folder.path().join("backups");
    std::fs::create_dir(&backups).expect("a folder");
    std::fs::write(backups.join("countersign-20200101T000000Z.db"), "x").expect("a backup");
    let found =
        outcome(command(&db).env_remove("COUNTERSIGN_MASTER_KEY").env("COUNTERSIGN_BACKUP_DIR", &backups));
    found.assert("database_lost");
    found.assert("master_key_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn locked_postgres_is_unreachable_within_seconds() {
    let db = TestDatabase::postgres().await;
    run(&db, &["migrate"]);
    let raw = Database::connect(&db.url).await.expect("a connection");
    raw.execute_unprepared("BEGIN; LOCK TABLE seaql_migrations IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("locked");
    let begun = std::time::Instant::now();
    let found = doctor(&db, &[]);
    found.assert("database_unreachable");
    assert!(begun.elapsed() < std::time::Duration::from_secs(25), "{:?}", begun.elapsed());
    raw.close().await.expect("closed");
}

on_both_databases! {
    async fn newer_and_older_schemas_are_found(db: TestDatabase) {
        run(&db, &["migrate"]);
        doctor(&db, &[]).assert("schema_current");
        let raw = Database::connect(&db.url).await.expect("a connection");
        raw.execute_unprepared("UPDATE seaql_migrations SET version = 'm29990101_000001_future' WHERE version = \
            (SELECT max(version) FROM seaql_migrations)").await.expect("updated");
        raw.execute_unprepared("UPDATE instance SET migrated_by = '99.1.0'").await.expect("updated");
        let found = doctor(&db, &[]);
        found.assert("schema_newer");
        assert!(found.document.to_string().contains("Version 99.1.0 of Countersign"), "{}", found.document);
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
