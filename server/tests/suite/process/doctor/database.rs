//! Faults of databases.

use sea_orm::{ConnectionTrait as _, Database};

use super::super::run;
use super::{closed_address, doctor, migrated};
use test_support::{TestDatabase, on_both_databases};

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
