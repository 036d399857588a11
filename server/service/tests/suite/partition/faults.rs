//! Partitions when a clock is wrong, a transaction or a view uses one, or a round broke off.

#![allow(clippy::disallowed_methods, reason = "a transaction acts as another connection")]

use domain::Timestamp;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, TransactionTrait as _};
use service::audit::verify_all;
use service::partition::make_ahead;
use service::{Clock, RetentionPolicy, prune};

use super::{
    LOGS, boundary, count, id_at, insert_entry, issue_licenses, month, partitions, run, seal, split,
    split_from, state,
};
use test_support::{on_both_databases, seller, texts};

const KEEP: RetentionPolicy = RetentionPolicy { events: 10, audit: Some(10) };

async fn insert_event(raw: &DatabaseConnection, at: Timestamp) {
    let sql = format!(
        "INSERT INTO outbox_events (id, account_id, kind, payload, created_at) \
         SELECT '{}', id, 'license.issued', '{{}}', {} FROM accounts LIMIT 1",
        id_at(at),
        at.millis()
    );
    run(raw, &sql).await;
}

on_both_databases! {
    async fn clock_that_is_ahead_drops_no_present_month(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let clock = Clock::manual(Clock::System.now().plus_seconds(3600));
        let service = db.open_at(clock.clone()).await;
        let seller = seller(&service, "ada").await;
        seal(&service).await;
        let raw = Database::connect(&db.url).await.unwrap();
        let boundary = boundary().await;
        issue_licenses(&service, &seller, 3).await;
        seal(&service).await;
        split(&raw, boundary).await;
        let present = count(&raw, "audit_entries_2000_02").await;
        assert!(present > 0);
        clock.set(boundary.plus_days(400));
        prune(&service, KEEP).await.unwrap();
        for (log, _) in LOGS {
            let left = ["2000_02", "2000_03", "first", "later"].map(|part| format!("{log}_{part}"));
            assert_eq!(partitions(&raw, log).await, left);
        }
        assert_eq!(count(&raw, "audit_entries").await, present);
        issue_licenses(&service, &seller, 1).await;
        assert_eq!(verify_all(&service, &seller.actor).await.unwrap().first_break, None);
        assert_eq!(make_ahead(&service).await.unwrap(), 9, "three of each log in a round, of more than twelve months");
        raw.close().await.unwrap();
    }

    async fn missing_partitions_are_reported_and_made(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let service = db.open().await;
        let raw = Database::connect(&db.url).await.unwrap();
        assert!(state(&db).await.missing_partitions.is_empty());
        run(&raw, "DROP TABLE audit_entries_first; DROP TABLE outbox_events_later").await;
        let (present, end) = (Clock::System.now().month_start(), Clock::System.now().next_month().next_month());
        let missing = state(&db).await.missing_partitions;
        let expected = [
            format!("audit_entries from {} to {}", present.date(), end.date()),
            format!("outbox_events from {} on", end.date()),
        ];
        assert_eq!(missing, expected);
        // Two months and the third of entries, the third of changes, "later" and the third of events.
        assert_eq!(make_ahead(&service).await.unwrap(), 6);
        assert!(state(&db).await.missing_partitions.is_empty());
        let months = [present, present.next_month(), end].map(|at| format!("audit_entries_{}", month(at)));
        assert_eq!(partitions(&raw, "audit_entries").await[..3], months);
        insert_entry(&raw, &id_at(Clock::System.now())).await;
        assert_eq!(count(&raw, &months[0]).await, 1);
        assert_eq!(make_ahead(&service).await.unwrap(), 0);
        raw.close().await.unwrap();
    }

    async fn only_a_gap_of_the_present_is_filled(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let end = Clock::System.now().next_month().next_month();
        let service = db.open_at(Clock::manual(end.plus_days(3))).await;
        let raw = Database::connect(&db.url).await.unwrap();
        make_ahead(&service).await.unwrap();
        let middle = format!("audit_entries_{}", month(end.next_month()));
        // A table that was detached keeps its name.
        run(&raw, &format!("ALTER TABLE audit_entries DETACH PARTITION {middle}")).await;
        assert_eq!(make_ahead(&service).await.unwrap(), 1);
        insert_entry(&raw, &id_at(end.next_month())).await;
        assert_eq!(count(&raw, &format!("{middle}_2")).await, 1);
        // The retention drops former months, which stay away.
        let of_first = format!(
            "DROP TABLE outbox_events_first; CREATE TABLE outbox_events_2000_01 PARTITION OF outbox_events \
             FOR VALUES FROM ('{}') TO ('{}')", id_at(Clock::System.now().plus_days(-40).month_start()), id_at(end)
        );
        run(&raw, &of_first).await;
        assert_eq!(make_ahead(&service).await.unwrap(), 0);
        raw.close().await.unwrap();
    }

    async fn id_beyond_the_last_year_makes_no_round_fail(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let end = Clock::System.now().next_month().next_month();
        let service = db.open_at(Clock::manual(end.plus_days(3))).await;
        let raw = Database::connect(&db.url).await.unwrap();
        insert_entry(&raw, "f0000000-0000-7000-8000-000000000000").await;
        assert_eq!(make_ahead(&service).await.unwrap(), 7);
        assert_eq!(count(&raw, &format!("audit_entries_{}", month(end))).await, 1);
        assert_eq!(make_ahead(&service).await.unwrap(), 0);
        raw.close().await.unwrap();
    }

    async fn rows_of_a_partition_of_several_months_are_deleted_one_by_one(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let clock = Clock::manual(Clock::System.now().plus_seconds(3600));
        let service = db.open_at(clock.clone()).await;
        seller(&service, "ada").await;
        seal(&service).await;
        let boundary = boundary().await;
        let raw = Database::connect(&db.url).await.unwrap();
        split_from(&raw, boundary.plus_days(-100), boundary).await;
        let kept = ["audit_entries_2000_01", "outbox_events_2000_01"];
        let before = [count(&raw, kept[0]).await, count(&raw, kept[1]).await];
        insert_entry(&raw, &id_at(boundary.plus_days(-60))).await;
        insert_event(&raw, boundary.plus_days(-60)).await;
        assert!(state(&db).await.long_partitions.contains(&kept[0].to_owned()));
        clock.set(boundary);
        assert_eq!(prune(&service, KEEP).await.unwrap(), 2);
        assert_eq!([count(&raw, kept[0]).await, count(&raw, kept[1]).await], before);
        raw.close().await.unwrap();
    }

    async fn lock_of_one_account_deletes_nothing_by_rows(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let clock = Clock::manual(Clock::System.now().plus_seconds(3600));
        let service = db.open_at(clock.clone()).await;
        let (ada, _eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        seal(&service).await;
        let boundary = boundary().await;
        let raw = Database::connect(&db.url).await.unwrap();
        split(&raw, boundary).await;
        let entries = count(&raw, "audit_entries_2000_01").await;
        clock.set(boundary.plus_days(11));
        let holder = raw.begin().await.unwrap();
        let lock = format!("SELECT 1 FROM audit_chains WHERE account_id = '{}' FOR UPDATE", ada.account.0);
        holder.execute_unprepared(&lock).await.unwrap();
        assert!(prune(&service, KEEP).await.is_err());
        assert_eq!(count(&raw, "audit_entries_2000_01").await, entries);
        holder.rollback().await.unwrap();
        prune(&service, KEEP).await.unwrap();
        assert!(!partitions(&raw, "audit_entries").await.contains(&"audit_entries_2000_01".to_owned()));
        raw.close().await.unwrap();
    }

    async fn month_in_use_keeps_its_changes_and_the_first_partition_goes_on(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let clock = Clock::manual(Clock::System.now().plus_seconds(3600));
        let service = db.open_at(clock.clone()).await;
        seller(&service, "ada").await;
        seal(&service).await;
        let boundary = boundary().await;
        let raw = Database::connect(&db.url).await.unwrap();
        split(&raw, boundary).await;
        insert_entry(&raw, &id_at(boundary.plus_days(-20))).await;
        assert_eq!(count(&raw, "audit_entries_first").await, 1);
        clock.set(boundary.plus_days(11));
        let reader = raw.begin().await.unwrap();
        reader.execute_unprepared("LOCK TABLE audit_entries_2000_01 IN ACCESS SHARE MODE").await.unwrap();
        assert_eq!(prune(&service, KEEP).await.unwrap(), 1);
        assert_eq!(count(&raw, "audit_entries_first").await, 0);
        for log in ["audit_entries", "audit_changes"] {
            assert!(partitions(&raw, log).await.contains(&format!("{log}_2000_01")), "{log}");
        }
        reader.rollback().await.unwrap();
        // What belongs to entries of a dropped month goes in the next round, if the process ended in between.
        run(&raw, "DROP TABLE audit_entries_2000_01").await;
        let amendment = format!(
            "INSERT INTO audit_amendments (account_id, entry_id, former_digest, digest, amended_at) \
             SELECT id, '{}', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), 7 FROM accounts",
            id_at(boundary.plus_days(-1))
        );
        run(&raw, &amendment).await;
        prune(&service, KEEP).await.unwrap();
        assert_eq!(count(&raw, "audit_amendments").await, 0);
        assert!(!partitions(&raw, "audit_changes").await.contains(&"audit_changes_2000_01".to_owned()));
        raw.close().await.unwrap();
    }

    async fn month_that_cannot_be_dropped_does_not_end_the_retention(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let clock = Clock::manual(Clock::System.now().plus_seconds(3600));
        let service = db.open_at(clock.clone()).await;
        seller(&service, "ada").await;
        seal(&service).await;
        let boundary = boundary().await;
        let raw = Database::connect(&db.url).await.unwrap();
        split(&raw, boundary).await;
        run(&raw, "CREATE VIEW of_operator AS SELECT * FROM outbox_events_2000_01").await;
        clock.set(boundary.plus_days(11));
        assert!(prune(&service, KEEP).await.is_err());
        assert!(partitions(&raw, "outbox_events").await.contains(&"outbox_events_2000_01".to_owned()));
        for log in ["audit_entries", "audit_changes"] {
            assert!(!partitions(&raw, log).await.contains(&format!("{log}_2000_01")), "{log}");
        }
        raw.close().await.unwrap();
    }

    async fn indexes_of_other_tables_keep_their_names(db: TestDatabase) {
        if db.is_sqlite() {
            return;
        }
        let end = Clock::System.now().next_month().next_month();
        let service = db.open_at(Clock::manual(end.plus_days(3))).await;
        let raw = Database::connect(&db.url).await.unwrap();
        run(
            &raw,
            "CREATE TABLE reports (id int) PARTITION BY RANGE (id); \
             CREATE TABLE reports_first PARTITION OF reports FOR VALUES FROM (1) TO (2); \
             CREATE INDEX by_id ON reports (id); ALTER INDEX reports_first_id_idx RENAME TO of_operator",
        )
        .await;
        assert_eq!(make_ahead(&service).await.unwrap(), 9);
        let names = "SELECT CAST(indexname AS text) AS text FROM pg_indexes WHERE tablename = 'reports_first'";
        assert_eq!(texts(&raw, names).await, ["of_operator"]);
        raw.close().await.unwrap();
    }
}
