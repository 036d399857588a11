//! Partitions of the logs by month, on PostgreSQL.

mod faults;
mod upgrade;

use std::time::Duration;

use domain::Timestamp;
use domain::license::NewLicense;
use domain::view::AuditQuery;
use migrations::Migrator;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use service::audit::{seal_batch, verify_all};
use service::inspection::{Engine, Inspection, PostgresState, inspect};
use service::license::issue;
use service::partition::make_ahead;
use service::{Clock, RetentionPolicy, Service, prune};

use test_support::{Seller, TestDatabase, on_both_databases, seller, texts};

const LOGS: [(&str, &str); 3] =
    [("audit_entries", "id"), ("audit_changes", "entry_id"), ("outbox_events", "id")];

/// The lowest id of a time.
fn id_at(at: Timestamp) -> String {
    let hex = format!("{:012x}", at.millis());
    format!("{}-{}-7000-8000-000000000000", &hex[..8], &hex[8..])
}

/// The end of the name of a month's partition.
fn month(at: Timestamp) -> String {
    at.date()[..7].replace('-', "_")
}

async fn run(raw: &DatabaseConnection, sql: &str) {
    raw.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn partitions(raw: &DatabaseConnection, log: &str) -> Vec<String> {
    let sql = format!(
        "SELECT CAST(inhrelid::regclass AS text) AS text FROM pg_inherits \
         WHERE inhparent = '{log}'::regclass ORDER BY 1"
    );
    texts(raw, &sql).await
}

async fn count(raw: &DatabaseConnection, table: &str) -> u64 {
    let counted = texts(raw, &format!("SELECT CAST(COUNT(*) AS text) AS text FROM {table}")).await;
    counted[0].parse().unwrap()
}

/// Inserts an audit entry behind the service's back, of an account that exists if there is any.
async fn insert_entry(raw: &DatabaseConnection, id: &str) {
    run(
        raw,
        &format!(
            "INSERT INTO audit_entries (id, account_id, actor_kind, actor_name, action, created_at) \
             VALUES ('{id}', COALESCE((SELECT id FROM accounts LIMIT 1), gen_random_uuid()), 'app', 'App', 'license.issued', 7)"
        ),
    )
    .await;
}

/// Splits the first partition of each log: a month has what was written before a time, up to two days earlier.
async fn split(raw: &DatabaseConnection, at: Timestamp) {
    split_from(raw, at.plus_days(-2), at).await;
}

/// Splits the first partition of each log at three times: the start and the end of the first month, and a day later.
async fn split_from(raw: &DatabaseConnection, start: Timestamp, at: Timestamp) {
    let (start, at, next) = (id_at(start), id_at(at), id_at(at.plus_days(1)));
    for (log, _) in LOGS {
        let of_later = format!(
            "SELECT substring(pg_get_expr(relpartbound, oid) FROM '[0-9a-f-]{{36}}') AS text FROM pg_class \
             WHERE oid = '{log}_later'::regclass"
        );
        let end = &texts(raw, &of_later).await[0];
        run(
            raw,
            &format!(
                "ALTER TABLE {log} DETACH PARTITION {log}_first; ALTER TABLE {log}_first RENAME TO {log}_whole; \
                 CREATE TABLE {log}_first PARTITION OF {log} FOR VALUES FROM (MINVALUE) TO ('{start}'); \
                 CREATE TABLE {log}_2000_01 PARTITION OF {log} FOR VALUES FROM ('{start}') TO ('{at}'); \
                 CREATE TABLE {log}_2000_02 PARTITION OF {log} FOR VALUES FROM ('{at}') TO ('{next}'); \
                 CREATE TABLE {log}_2000_03 PARTITION OF {log} FOR VALUES FROM ('{next}') TO ('{end}'); \
                 INSERT INTO {log} SELECT * FROM {log}_whole; DROP TABLE {log}_whole"
            ),
        )
        .await;
    }
}

async fn issue_licenses(service: &Service, seller: &Seller, count: u32) {
    let new = NewLicense { count, ..NewLicense::for_product(seller.product.id) };
    issue(service, &seller.actor, new).await.unwrap();
}

/// Returns what the doctor reads.
async fn state(db: &TestDatabase) -> PostgresState {
    let inspected = inspect::<Migrator>(&db.url, Duration::from_secs(5), None).await;
    let Ok(Some(Inspection { engine: Engine::Postgres(state), .. })) = inspected else { panic!("inspected") };
    state
}

async fn late_partitions(db: &TestDatabase) -> Vec<String> {
    state(db).await.late_partitions
}

async fn seal(service: &Service) {
    while seal_batch(service).await.unwrap() {}
}

/// Returns a time between two entries of this process.
async fn boundary() -> Timestamp {
    tokio::time::sleep(Duration::from_millis(20)).await;
    let at = Clock::System.now();
    tokio::time::sleep(Duration::from_millis(20)).await;
    at
}

on_both_databases! {
    async fn partitions_of_the_next_months_are_made_ahead(db: TestDatabase) {
        // The first partition ends with the month after that of the migration.
        let end = Clock::System.now().next_month().next_month();
        let service = db.open_at(Clock::manual(end.plus_days(3))).await;
        if db.is_sqlite() {
            assert_eq!(make_ahead(&service).await.unwrap(), 0);
            return;
        }
        let raw = Database::connect(&db.url).await.unwrap();
        assert_eq!(partitions(&raw, "audit_entries").await, ["audit_entries_first", "audit_entries_later"]);
        assert_eq!(make_ahead(&service).await.unwrap(), 9, "three months of three logs");
        assert_eq!(make_ahead(&service).await.unwrap(), 0);
        let months = [end, end.next_month(), end.next_month().next_month()].map(month);
        for (log, _) in LOGS {
            let mut expected: Vec<_> = months.iter().map(|month| format!("{log}_{month}")).collect();
            expected.extend([format!("{log}_first"), format!("{log}_later")]);
            assert_eq!(partitions(&raw, log).await, expected);
        }
        insert_entry(&raw, &id_at(end.next_month())).await;
        assert_eq!(count(&raw, &format!("audit_entries_{}", months[1])).await, 1);
        // The first partition keeps its foreign key to accounts.
        seller(&service, "ada").await;
        let before = count(&raw, "audit_entries_first").await;
        insert_entry(&raw, &id_at(end.plus_millis(-1))).await;
        assert_eq!(count(&raw, "audit_entries_first").await, before + 1);
        let names = "SELECT CAST(indexname AS text) AS text FROM pg_indexes WHERE tablename LIKE 'audit_entries_%' \
                     AND indexname !~ '^(pk|ix)_audit_entries.*_(first|later|[0-9]{4}_[0-9]{2})$'";
        assert!(texts(&raw, names).await.is_empty(), "named after the indexes of the table");
        let of_month = format!(
            "SELECT indexname || '' AS text FROM pg_indexes WHERE tablename = 'audit_entries_{}'", months[0]
        );
        assert_eq!(texts(&raw, &of_month).await.len(), 10);
        raw.close().await.unwrap();
    }

    async fn entries_beyond_the_last_month_get_a_partition_without_being_copied(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let end = Clock::System.now().next_month().next_month();
        let service = db.open_at(Clock::manual(end.plus_days(3))).await;
        let raw = Database::connect(&db.url).await.unwrap();
        let newest = end.plus_days(200);
        insert_entry(&raw, &id_at(newest)).await;
        insert_entry(&raw, &id_at(end)).await;
        assert_eq!(count(&raw, "audit_entries_later").await, 2);
        assert_eq!(late_partitions(&db).await, ["audit_entries_later"]);
        assert_eq!(make_ahead(&service).await.unwrap(), 7, "one of audit entries, three of each other log");
        assert_eq!(count(&raw, &format!("audit_entries_{}", month(end))).await, 2);
        assert!(late_partitions(&db).await.is_empty());
        assert_eq!(state(&db).await.long_partitions, [format!("audit_entries_{}", month(end))]);
        let limits = "SELECT CAST(conname AS text) AS text FROM pg_constraint WHERE conname LIKE 'ck_%_range'";
        assert!(texts(&raw, limits).await.is_empty());
        insert_entry(&raw, &id_at(newest.next_month())).await;
        assert_eq!(count(&raw, "audit_entries_later").await, 1, "the new one is for later months");
        raw.close().await.unwrap();
    }

    async fn month_is_dropped_after_its_retention_and_the_chain_begins_later(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let clock = Clock::manual(Clock::System.now().plus_seconds(3600));
        let service = db.open_at(clock.clone()).await;
        let seller = seller(&service, "ada").await;
        issue_licenses(&service, &seller, 1000).await;
        seal(&service).await;
        let raw = Database::connect(&db.url).await.unwrap();
        let old = count(&raw, "audit_entries").await;
        let boundary = boundary().await;
        issue_licenses(&service, &seller, 3).await;
        seal(&service).await;
        let all = count(&raw, "audit_entries").await;
        split(&raw, boundary).await;
        // A day before the end of the retention of the month's last entry.
        clock.set(boundary.plus_days(9));
        let keep = RetentionPolicy { events: 10, audit: Some(10) };
        assert_eq!(prune(&service, keep).await.unwrap(), 0);
        assert_eq!(count(&raw, "audit_entries").await, all);
        // Beyond the retention of the second month's first entries, but not of all of them.
        clock.set(boundary.plus_days(11));
        assert_eq!(prune(&service, keep).await.unwrap(), 0, "no row is deleted by itself");
        for (log, _) in LOGS {
            let left = ["2000_02", "2000_03", "first", "later"].map(|part| format!("{log}_{part}"));
            assert_eq!(partitions(&raw, log).await, left);
        }
        assert_eq!(count(&raw, "audit_entries").await, all - old);
        let verified = verify_all(&service, &seller.actor).await.unwrap();
        assert_eq!((verified.first_break, verified.verified), (None, all - old));
        assert_eq!(verified.first_position, i64::try_from(old).unwrap() + 1);
        issue_licenses(&service, &seller, 1).await;
        assert_eq!(prune(&service, keep).await.unwrap(), 0);
        raw.close().await.unwrap();
    }

    async fn month_stays_while_a_chain_does_not_match(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let clock = Clock::manual(Clock::System.now().plus_seconds(3600));
        let service = db.open_at(clock.clone()).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        seal(&service).await;
        let boundary = boundary().await;
        let raw = Database::connect(&db.url).await.unwrap();
        split(&raw, boundary).await;
        let of = |seller: &Seller| format!("audit_entries_2000_01 WHERE account_id = '{}'", seller.account.0);
        let (of_ada, of_eve) = (count(&raw, &of(&ada)).await, count(&raw, &of(&eve)).await);
        assert!(of_ada > 0 && of_eve > 0, "{of_ada} {of_eve}");
        run(&raw, &format!("UPDATE audit_chains SET began_at = 1 WHERE account_id = '{}'", ada.account.0)).await;
        clock.set(boundary.plus_days(11));
        assert!(prune(&service, RetentionPolicy { events: 1000, audit: Some(10) }).await.is_err());
        assert_eq!(count(&raw, &of(&ada)).await, of_ada, "a proof");
        assert_eq!(count(&raw, &of(&eve)).await, 0, "the other account's are deleted");
        raw.close().await.unwrap();
    }

    async fn page_of_the_audit_log_reads_the_partitions_that_it_needs(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let end = Clock::System.now().next_month().next_month();
        let (service, statements) = db.open_watched_at(Clock::manual(end.plus_days(100))).await;
        while make_ahead(&service).await.unwrap() > 0 {}
        let seller = seller(&service, "ada").await;
        issue_licenses(&service, &seller, 100).await;
        // More than a page in the present month.
        let raw = Database::connect(sea_orm::ConnectOptions::new(&db.url).max_connections(1).to_owned()).await.unwrap();
        let prefix = id_at(end.plus_days(100))[..24].to_owned();
        run(
            &raw,
            &format!(
                "INSERT INTO audit_entries (id, account_id, actor_kind, actor_name, action, created_at) \
                 SELECT CAST('{prefix}' || lpad(to_hex(n), 12, '0') AS uuid), '{}', 'app', 'App', 'license.issued', n \
                 FROM generate_series(1, 60) n",
                seller.account.0
            ),
        )
        .await;
        statements.take();
        service::audit::list(&service, &seller.actor, &AuditQuery::default()).await.unwrap();
        let page = statements.take().into_iter().find(|sql| sql.contains("FROM audit_entries")).unwrap();
        for sql in ["SET enable_seqscan = off", "SET plan_cache_mode = force_generic_plan"] {
            run(&raw, sql).await;
        }
        run(&raw, &format!("PREPARE page (uuid, uuid, uuid) AS {page}")).await;
        // As the first page, and as a later one, whose cursor is in the first partition.
        let cursors = ["ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned(), id_at(end.plus_millis(-1))];
        let mut read = Vec::new();
        for before in cursors {
            let sql = format!(
                "EXPLAIN (ANALYZE, COSTS OFF) EXECUTE page ('{}', '{before}', '00000000-0000-0000-0000-000000000000')",
                seller.account.0
            );
            let rows = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "QUERY PLAN").unwrap()).collect();
            let text = plan.join("\n");
            assert!(!text.contains("Merge Append") && !text.contains("Sort"), "{text}");
            let partition = |line: &&String| line.contains(" on audit_entries_");
            read.push(plan.iter().filter(partition).filter(|line| !line.contains("never executed")).count());
        }
        assert_eq!(partitions(&raw, "audit_entries").await.len(), 8);
        // "later" and two months that were made ahead are empty; each costs one look into an index.
        assert_eq!(read, [4, 1]);
        raw.close().await.unwrap();
    }
}
