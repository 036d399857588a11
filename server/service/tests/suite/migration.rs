//! Migrations: the upgrade of a database of an earlier version keeps every row.

use std::time::{Duration, Instant};

use migrations::Migrator;
use sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _};
use sea_orm_migration::MigratorTrait as _;
use service::node::VERSION;
use service::secrets::MasterKey;
use service::store::Options;
use service::{Clock, Error, Service};

use test_support::{TestDatabase, on_both_databases, texts};

/// The number of migrations to run first. The next migration rebuilds tables.
const OLD_VERSION: u32 = 3;

/// Returns an SQL literal of an id that ends in these two hexadecimal digits.
fn id(db: &TestDatabase, end: &str) -> String {
    let digits = format!("{}{end}", "0".repeat(30));
    if db.is_sqlite() { format!("x'{digits}'") } else { format!("'{digits}'::uuid") }
}

on_both_databases! {
    async fn rows_of_an_earlier_version_survive_the_migration(db: TestDatabase) {
        let db = db.without_schema().await;
        let url = if db.is_sqlite() { format!("{}?mode=rwc", db.url) } else { db.url.clone() };
        let connection = Database::connect(&url).await.unwrap();
        Migrator::up(&connection, Some(OLD_VERSION)).await.unwrap();
        let [account, product, license, first_id, second_id] = ["0a", "0b", "0c", "01", "02"].map(|end| id(&db, end));
        let no = if db.is_sqlite() { "0" } else { "FALSE" };
        let bytes = if db.is_sqlite() { "x'aa'" } else { "'\\xaa'::bytea" };
        for sql in [
            format!("INSERT INTO accounts VALUES ({account}, 'a', 'A', 1)"),
            format!("INSERT INTO products (id, account_id, number, name, slug, key_prefix, created_at, updated_at, \
                     trial_days, trial_limit, allow_container) \
                     VALUES ({product}, {account}, 1, 'P', 'p', 'LIC', 1, 1, 14, 5, {no})"),
            format!("INSERT INTO licenses (id, account_id, product_id, key_digest, key_sealed, last_four, state, \
                     first_activated_at, domains_used, created_at, updated_at) \
                     VALUES ({license}, {account}, {product}, {bytes}, {bytes}, 'ABCD', 'active', 7, 1, 1, 1)"),
            format!("INSERT INTO activations (id, account_id, license_id, kind, subject, created_at, hostname, meters) \
                     VALUES ({first_id}, {account}, {license}, 'machine', 'fp', 7, 'host', 'm')"),
            format!("INSERT INTO customers (id, account_id, name, created_at) VALUES ({second_id}, {account}, 'Ada', 1)"),
            format!("INSERT INTO customer_terms VALUES ({account}, 'ada', {second_id})"),
            format!("INSERT INTO audit_entries (id, account_id, license_id, actor_kind, actor_name, action, created_at) \
                     VALUES ({first_id}, {account}, {license}, 'app', 'App', 'activation.created', 7)"),
            format!("INSERT INTO outbox_events (id, account_id, license_id, kind, payload, created_at) \
                     VALUES ({first_id}, {account}, {license}, 'activation.created', '{{}}', 7)"),
        ] {
            connection.execute_unprepared(&sql).await.unwrap();
        }
        let queries = [
            "SELECT kind || subject || hostname || meters || created_at AS text FROM activations",
            "SELECT term AS text FROM customer_terms",
            "SELECT actor_name || action || created_at AS text FROM audit_entries",
            "SELECT seq || kind || payload || created_at AS text FROM outbox_events",
        ];
        let mut before = Vec::new();
        for sql in queries {
            before.push(texts(&connection, sql).await);
        }
        assert!(before.iter().all(|rows| rows.len() == 1), "{before:?}");
        Migrator::up(&connection, None).await.unwrap();
        for (sql, before) in queries.iter().zip(&before) {
            assert_eq!(&texts(&connection, sql).await, before);
        }
        // The last use of a released machine is unknown: the migration takes its own time.
        let used = "SELECT CASE WHEN released_use_at > 1700000000000 THEN 'now' END AS text FROM licenses";
        assert_eq!(texts(&connection, used).await, ["now"]);
        // A product that allowed trials has a policy of its own.
        let policy = "SELECT p.name || ' ' || p.trial_length || ' ' || p.trial_limit || ' ' || p.admission AS text \
                      FROM trial_policies p INNER JOIN products o ON o.trial_policy_id = p.id \
                      WHERE o.trial_length = p.trial_length AND o.trial_admission = p.admission";
        let expected = r#"P 1209600 5 {"allow_vm":true,"allow_container":false,"user_locked":false}"#;
        assert_eq!(texts(&connection, policy).await, [expected]);
        // The sequence continues, and the unique index still rejects a duplicate activation.
        connection
            .execute_unprepared(&format!(
                "INSERT INTO outbox_events (id, account_id, kind, payload, created_at) \
                 VALUES ({second_id}, {account}, 'license.issued', '{{}}', 8)"
            ))
            .await
            .unwrap();
        let last_seq = "SELECT CAST(MAX(seq) AS TEXT) AS text FROM outbox_events";
        assert_eq!(texts(&connection, last_seq).await, ["2"]);
        let duplicate = format!(
            "INSERT INTO activations (id, account_id, license_id, kind, subject, created_at) \
             VALUES ({second_id}, {account}, {license}, 'machine', 'fp', 8)"
        );
        assert!(connection.execute_unprepared(&duplicate).await.is_err());
        connection.close().await.unwrap();
    }
}

on_both_databases! {
    async fn version_that_migrated_the_database_is_stored_and_older_ones_refuse_it(db: TestDatabase) {
        let db = db.without_schema().await;
        let url = if db.is_sqlite() { format!("{}?mode=rwc", db.url) } else { db.url.clone() };
        let raw = Database::connect(&url).await.unwrap();
        // The last migration alone is pending.
        let before_the_last = u32::try_from(Migrator::migrations().len() - 1).unwrap();
        Migrator::up(&raw, Some(before_the_last)).await.unwrap();
        db.open().await.close().await;
        let stored = "SELECT migrated_by AS text FROM instance";
        assert_eq!(texts(&raw, stored).await, [VERSION]);
        raw.execute_unprepared("UPDATE instance SET migrated_by = '0.0.1'").await.unwrap();
        db.open().await.close().await;
        assert_eq!(texts(&raw, stored).await, ["0.0.1"], "a start without migrations");
        raw.execute_unprepared("UPDATE instance SET migrated_by = '99.1.0'").await.unwrap();
        raw.execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_x', 0)")
            .await
            .unwrap();
        let master = MasterKey::decode(&db.master).unwrap();
        let opened = Service::open::<Migrator>(Options::new(&db.url, 2), &master, 1024, Clock::System).await;
        let Err(Error::NewerDatabase { database, program, migration }) = opened else { panic!("opened") };
        assert_eq!((database.as_deref(), program, &*migration), (Some("99.1.0"), VERSION, "m29990101_000001_x"));
        raw.close().await.unwrap();
    }
}

/// A statement that waits for a lock makes every later statement on the table wait behind it.
#[allow(clippy::disallowed_methods, reason = "the transaction only reads")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migration_beside_a_long_read_does_not_hold_up_other_reads() {
    let db = TestDatabase::postgres().await.without_schema().await;
    let connect = || async { Database::connect(&db.url).await.unwrap() };
    let (reader, other) = (connect().await, connect().await);
    let before_the_last = u32::try_from(Migrator::migrations().len() - 1).unwrap();
    Migrator::up(&other, Some(before_the_last)).await.unwrap();
    // A dump reads every table in one transaction.
    let dump = reader.begin().await.unwrap();
    dump.execute_unprepared("LOCK TABLE products IN ACCESS SHARE MODE").await.unwrap();
    let opening = async { db.open().await };
    let reading = async {
        for _ in 0..8 {
            let began = Instant::now();
            other.execute_unprepared("SELECT count(*) FROM products").await.unwrap();
            assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        dump.rollback().await.unwrap();
    };
    let (service, ()) = tokio::join!(opening, reading);
    assert!(service.needs_setup().await.unwrap());
}
