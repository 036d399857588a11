//! Background jobs: leader election and retention.

use domain::Timestamp;
use domain::license::NewLicense;
use sea_orm::{ConnectionTrait as _, Database};
use service::license::issue;
use service::{BackgroundJob, Clock, RetentionPolicy, prune};

use test_support::{license, on_both_databases, seller};

async fn count(db: &test_support::TestDatabase, table: &str) -> i64 {
    let connection = Database::connect(&db.url).await.unwrap();
    let sql = format!("SELECT COUNT(*) AS n FROM {table}");
    let statement = sea_orm::Statement::from_string(connection.get_database_backend(), sql);
    let n = connection.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap();
    connection.close().await.unwrap();
    n
}

on_both_databases! {
    async fn one_node_leads_until_it_steps_down_or_its_lease_expires(db: TestDatabase) {
        let start = Timestamp::from_millis(1_800_000_000_000);
        let (first, second) = (db.open_at(Clock::manual(start)).await, db.open_at(Clock::manual(start)).await);
        // SQLite has a single node, so every call acquires the job.
        let is_single_node = db.is_sqlite();
        assert!(first.try_acquire(BackgroundJob::MachineLeases).await.unwrap());
        assert!(first.try_acquire(BackgroundJob::MachineLeases).await.unwrap(), "it goes on leading");
        assert_eq!(second.try_acquire(BackgroundJob::MachineLeases).await.unwrap(), is_single_node);
        assert!(second.try_acquire(BackgroundJob::SigningKeys).await.unwrap(), "another job is free");
        first.release_all().await.unwrap();
        assert!(second.try_acquire(BackgroundJob::MachineLeases).await.unwrap());
        assert_eq!(first.try_acquire(BackgroundJob::MachineLeases).await.unwrap(), is_single_node);
        // The second node stops renewing. Another node takes over after the lease expires.
        let later = db.open_at(Clock::manual(start.plus_seconds(29))).await;
        assert_eq!(later.try_acquire(BackgroundJob::MachineLeases).await.unwrap(), is_single_node);
        let later = db.open_at(Clock::manual(start.plus_seconds(31))).await;
        assert!(later.try_acquire(BackgroundJob::MachineLeases).await.unwrap());
    }

    /// Uses more entries than two deletion batches.
    async fn prune_deletes_all_old_entries_in_batches(db: TestDatabase) {
        let now = Clock::System.now();
        let then = db.open_at(Clock::manual(now)).await;
        let seller = seller(&then, "ada").await;
        for count in [1000, 1000, 70] {
            let new_license = NewLicense { count, ..NewLicense::for_product(seller.product.id) };
            issue(&then, &seller.actor, new_license).await.unwrap();
        }
        let audit = count(&db, "audit_entries").await;
        assert!(audit > 2070, "{audit}");
        let now = db.open_at(Clock::manual(now.plus_days(100))).await;
        let keep = RetentionPolicy { events: 1000, audit: Some(101) };
        assert_eq!(prune(&now, keep).await.unwrap(), 0);
        let keep = RetentionPolicy { audit: Some(99), ..keep };
        assert_eq!(prune(&now, keep).await.unwrap(), u64::try_from(audit).unwrap());
        assert_eq!(count(&db, "audit_entries").await, 0);
    }

    async fn prune_deletes_only_entries_past_their_retention(db: TestDatabase) {
        let today = Clock::System.now();
        let then = db.open_at(Clock::manual(today)).await;
        let seller = seller(&then, "ada").await;
        license(&then, &seller, 1).await;
        let (events, audit) = (count(&db, "outbox_events").await, count(&db, "audit_entries").await);
        let now = db.open_at(Clock::manual(today.plus_days(100))).await;
        license(&now, &seller, 1).await;
        let keep = RetentionPolicy { events: 30, audit: None };
        assert_eq!(prune(&now, keep).await.unwrap(), u64::try_from(events).unwrap());
        assert_eq!(count(&db, "outbox_events").await, 1, "the new one is kept");
        assert_eq!(count(&db, "audit_entries").await, audit + 1, "kept for ever");
        assert_eq!(prune(&now, RetentionPolicy { audit: Some(101), ..keep }).await.unwrap(), 0);
        // The age of an audit entry comes from its id, which uses the system clock.
        assert_eq!(prune(&now, RetentionPolicy { audit: Some(99), ..keep }).await.unwrap(), u64::try_from(audit + 1).unwrap());
    }
}
