//! The migrations that make the logs of PostgreSQL partitioned.

use domain::Timestamp;
use migrations::Migrator;
use sea_orm::{Database, DatabaseConnection};
use sea_orm_migration::MigratorTrait as _;
use service::Clock;
use service::partition::make_ahead;

use super::{LOGS, count, id_at, month, run};
use test_support::{TestDatabase, on_both_databases, texts};

const ACCOUNT: &str = "00000000-0000-7000-8000-00000000000a";

/// Returns the file that has the rows of a table.
async fn file_of(raw: &DatabaseConnection, table: &str) -> Vec<String> {
    texts(raw, &format!("SELECT CAST(pg_relation_filenode('{table}') AS text) AS text")).await
}

/// Returns a database of the former release with an account.
async fn before_partitions(db: &TestDatabase) -> (TestDatabase, DatabaseConnection) {
    let db = db.without_schema().await;
    let raw = Database::connect(&db.url).await.unwrap();
    let position =
        Migrator::migrations().iter().position(|migration| migration.name().ends_with("_bound_logs"));
    Migrator::up(&raw, Some(u32::try_from(position.unwrap()).unwrap())).await.unwrap();
    run(
        &raw,
        &format!("INSERT INTO accounts (id, slug, name, created_at) VALUES ('{ACCOUNT}', 'a', 'A', 1)"),
    )
    .await;
    (db, raw)
}

/// Returns the end of a first partition, as PostgreSQL writes its range.
async fn range_of_first(raw: &DatabaseConnection, log: &str) -> Vec<String> {
    let range = format!(
        "SELECT pg_get_expr(relpartbound, oid) AS text FROM pg_class WHERE relname = '{log}_first' \
         AND relnamespace = current_schema()::regnamespace"
    );
    texts(raw, &range).await
}

on_both_databases! {
    async fn tables_of_the_former_release_become_the_first_partitions(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let (_db, raw) = before_partitions(&db).await;
        let account = ACCOUNT;
        // The clock of a node was ahead once.
        let ahead = Clock::System.now().plus_days(300);
        for at in [Timestamp::from_millis(7), Clock::System.now(), ahead] {
            let id = id_at(at);
            for sql in [
                format!("INSERT INTO audit_entries (id, account_id, actor_kind, actor_name, action, created_at) \
                         VALUES ('{id}', '{account}', 'app', 'App', 'license.issued', 7)"),
                format!("INSERT INTO audit_changes (account_id, entry_id, changes) VALUES ('{account}', '{id}', '[]')"),
                format!("INSERT INTO outbox_events (id, account_id, kind, payload, created_at) \
                         VALUES ('{id}', '{account}', 'license.issued', '{{}}', 7)"),
            ] {
                run(&raw, &sql).await;
            }
        }
        let mut files = Vec::new();
        for (log, _) in LOGS {
            files.push(file_of(&raw, log).await);
        }
        Migrator::up(&raw, None).await.unwrap();
        for ((log, key), before) in LOGS.into_iter().zip(files) {
            assert_eq!(file_of(&raw, &format!("{log}_first")).await, before, "no copy of {log}");
            assert_eq!((count(&raw, log).await, count(&raw, &format!("{log}_first")).await), (3, 3));
            let end = id_at(ahead.next_month().next_month());
            let expected = [format!("FOR VALUES FROM (MINVALUE) TO ('{end}')")];
            assert_eq!(range_of_first(&raw, log).await, expected, "{key}");
        }
        // Nodes of the former release write as before.
        let event = format!(
            "INSERT INTO outbox_events (id, account_id, kind, payload, created_at) \
             VALUES ('{}', '{account}', 'license.issued', '{{}}', 8)", id_at(Clock::System.now())
        );
        run(&raw, &event).await;
        let numbers = "SELECT CAST(seq AS text) AS text FROM outbox_events ORDER BY seq";
        assert_eq!(texts(&raw, numbers).await, ["1", "2", "3", "4"]);
        raw.close().await.unwrap();
    }

    async fn event_with_a_higher_id_and_a_lower_number_raises_the_limit(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let (_db, raw) = before_partitions(&db).await;
        let ahead = Clock::System.now().plus_days(300);
        for at in [ahead, Clock::System.now()] {
            let event = format!(
                "INSERT INTO outbox_events (id, account_id, kind, payload, created_at) \
                 VALUES ('{}', '{ACCOUNT}', 'license.issued', '{{}}', 7)", id_at(at)
            );
            run(&raw, &event).await;
        }
        Migrator::up(&raw, None).await.unwrap();
        let expected = format!("FOR VALUES FROM (MINVALUE) TO ('{}')", id_at(ahead.next_month().next_month()));
        for (log, _) in LOGS {
            assert_eq!(range_of_first(&raw, log).await, [expected.as_str()]);
        }
        assert_eq!(count(&raw, "outbox_events_first").await, 2);
        raw.close().await.unwrap();
    }

    async fn owner_and_rights_stay_on_tables_and_partitions(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let (db, raw) = before_partitions(&db).await;
        // Roles belong to the server, not to the database of this test.
        let unique = texts(&raw, "SELECT replace(CAST(gen_random_uuid() AS text), '-', '') AS text").await.remove(0);
        let (owner, reader) = (format!("owner_{unique}"), format!("reader_{unique}"));
        run(&raw, &format!("CREATE ROLE {owner}; CREATE ROLE {reader}")).await;
        for (log, key) in LOGS {
            let sql = format!(
                "ALTER TABLE {log} OWNER TO {owner}; GRANT SELECT ON {log} TO {reader} WITH GRANT OPTION; \
                 GRANT UPDATE ({key}) ON {log} TO {reader}"
            );
            run(&raw, &sql).await;
        }
        run(&raw, &format!("GRANT SELECT ON SEQUENCE outbox_events_seq_seq TO {reader}")).await;
        Migrator::up(&raw, None).await.unwrap();
        let end = Clock::System.now().next_month().next_month();
        let service = db.open_at(Clock::manual(end.plus_millis(-1))).await;
        while make_ahead(&service).await.unwrap() > 0 {}
        for (log, key) in LOGS {
            let tables = [String::new(), "_first".to_owned(), format!("_{}", month(end)), "_later".to_owned()];
            for table in tables.map(|part| format!("{log}{part}")) {
                let sql = format!("SELECT CAST(pg_get_userbyid(relowner) AS text) AS text FROM pg_class WHERE oid = '{table}'::regclass");
                assert_eq!(texts(&raw, &sql).await, [owner.as_str()], "{table}");
                let rights = format!(
                    "SELECT CAST(has_table_privilege('{reader}', '{table}', 'SELECT WITH GRANT OPTION') \
                     AND has_column_privilege('{reader}', '{table}', '{key}', 'UPDATE') \
                     AND NOT has_table_privilege('{reader}', '{table}', 'INSERT') AS text) AS text"
                );
                assert_eq!(texts(&raw, &rights).await, ["true"], "{table}");
            }
        }
        let sequence = format!(
            "SELECT CAST(has_sequence_privilege('{reader}', 'sq_outbox_events', 'SELECT') \
             AND has_sequence_privilege('{owner}', 'sq_outbox_events', 'USAGE') AS text) AS text"
        );
        assert_eq!(texts(&raw, &sequence).await, ["true"]);
        service.close().await;
        for role in [owner, reader] {
            run(&raw, &format!("REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}")).await;
        }
        raw.close().await.unwrap();
    }
}
