//! A database of an earlier version, brought up to date with all that is in it.

use migrations::Migrator;
use sea_orm::{ConnectionTrait as _, Database};
use sea_orm_migration::MigratorTrait as _;

use crate::on_both_databases;
use crate::support::{TestDatabase, texts};

/// The version whose tables were made anew by the next.
const BEFORE: u32 = 3;

/// An id of our tables, ending in these two digits.
fn id(db: &TestDatabase, end: &str) -> String {
    let digits = format!("{}{end}", "0".repeat(30));
    if db.is_sqlite() { format!("x'{digits}'") } else { format!("'{digits}'::uuid") }
}

on_both_databases! {
    async fn what_an_earlier_version_wrote_is_there_after_the_next(db: TestDatabase) {
        let made = if db.is_sqlite() { format!("{}?mode=rwc", db.url) } else { db.url.clone() };
        let connection = Database::connect(&made).await.unwrap();
        Migrator::up(&connection, Some(BEFORE)).await.unwrap();
        let [account, product, license, one, two] = ["0a", "0b", "0c", "01", "02"].map(|end| id(&db, end));
        let bytes = if db.is_sqlite() { "x'aa'" } else { "'\\xaa'::bytea" };
        for sql in [
            format!("INSERT INTO accounts VALUES ({account}, 'a', 'A', 1)"),
            format!("INSERT INTO products (id, account_id, number, name, slug, key_prefix, created_at, updated_at) \
                     VALUES ({product}, {account}, 1, 'P', 'p', 'LIC', 1, 1)"),
            format!("INSERT INTO licenses (id, account_id, product_id, key_digest, key_sealed, last_four, state, \
                     domains_used, created_at, updated_at) \
                     VALUES ({license}, {account}, {product}, {bytes}, {bytes}, 'ABCD', 'active', 1, 1, 1)"),
            format!("INSERT INTO activations (id, account_id, license_id, kind, subject, created_at, hostname, meters) \
                     VALUES ({one}, {account}, {license}, 'machine', 'fp', 7, 'host', 'm')"),
            format!("INSERT INTO customers (id, account_id, name, created_at) VALUES ({two}, {account}, 'Ada', 1)"),
            format!("INSERT INTO customer_terms VALUES ({account}, 'ada', {two})"),
            format!("INSERT INTO audit_entries (id, account_id, license_id, actor_kind, actor_name, action, created_at) \
                     VALUES ({one}, {account}, {license}, 'app', 'App', 'activation.created', 7)"),
            format!("INSERT INTO outbox_events (id, account_id, license_id, kind, payload, created_at) \
                     VALUES ({one}, {account}, {license}, 'activation.created', '{{}}', 7)"),
        ] {
            connection.execute_unprepared(&sql).await.unwrap();
        }
        let all = [
            "SELECT kind || subject || hostname || meters || created_at AS text FROM activations",
            "SELECT term AS text FROM customer_terms",
            "SELECT actor_name || action || created_at AS text FROM audit_entries",
            "SELECT seq || kind || payload || created_at AS text FROM outbox_events",
        ];
        let mut before = Vec::new();
        for sql in all {
            before.push(texts(&connection, sql).await);
        }
        assert!(before.iter().all(|rows| rows.len() == 1), "{before:?}");
        Migrator::up(&connection, None).await.unwrap();
        for (sql, before) in all.iter().zip(&before) {
            assert_eq!(&texts(&connection, sql).await, before);
        }
        // The numbers go on, and the last line of defence is still there.
        connection
            .execute_unprepared(&format!(
                "INSERT INTO outbox_events (id, account_id, kind, payload, created_at) \
                 VALUES ({two}, {account}, 'license.issued', '{{}}', 8)"
            ))
            .await
            .unwrap();
        let last = "SELECT CAST(MAX(seq) AS TEXT) AS text FROM outbox_events";
        assert_eq!(texts(&connection, last).await, ["2"]);
        let twice = format!(
            "INSERT INTO activations (id, account_id, license_id, kind, subject, created_at) \
             VALUES ({two}, {account}, {license}, 'machine', 'fp', 8)"
        );
        assert!(connection.execute_unprepared(&twice).await.is_err());
        connection.close().await.unwrap();
    }
}
