//! Cache invalidation: the node that makes a change sees it at once, other nodes on the same database
//! within 250 ms.

use std::time::Duration;

use domain::activation::Verification;
use sea_orm::{ConnectionTrait as _, Database};
use service::Service;
use service::activation::{VerifyResult, activate, verify};
use service::license::{reinstate, suspend};
use tokio::time::sleep;

use test_support::{TestDatabase, host, license, on_both_databases, seller};

async fn answer(service: &Service, key: &domain::LicenseKey) -> Verification {
    match verify(service, key, &host("a.com"), None).await.unwrap() {
        VerifyResult::Evaluated { verification: answer, .. } => answer,
        VerifyResult::InvalidKey => panic!("the key is known"),
    }
}

on_both_databases! {
    async fn a_change_is_visible_at_once_locally_and_within_250_ms_on_other_nodes(db: TestDatabase) {
        let (here, there) = (db.open().await, db.open().await);
        let seller = seller(&here, "ada").await;
        let (id, key) = license(&here, &seller, 1).await;
        activate(&here, &key, &host("a.com"), None).await.unwrap();
        let listener = [
            tokio::spawn(service::cache_invalidation::listen(here.clone())),
            tokio::spawn(service::cache_invalidation::listen(there.clone())),
        ];
        // Both nodes listen, and their caches are current.
        sleep(Duration::from_millis(500)).await;
        for _ in 0..5 {
            assert_eq!(answer(&there, &key).await, Verification::Valid);
            suspend(&here, &seller.actor, id, None).await.unwrap();
            assert_eq!(answer(&here, &key).await, Verification::Suspended);
            sleep(Duration::from_millis(250)).await;
            assert_eq!(answer(&there, &key).await, Verification::Suspended);
            reinstate(&here, &seller.actor, id).await.unwrap();
            assert_eq!(answer(&here, &key).await, Verification::Valid);
            sleep(Duration::from_millis(250)).await;
        }
        for task in listener {
            task.abort();
        }
    }

    async fn changes_of_other_nodes_are_applied_during_local_writes(db: TestDatabase) {
        let (here, there) = (db.open().await, db.open().await);
        let seller = seller(&here, "ada").await;
        let (id, key) = license(&here, &seller, 1).await;
        let (_, busy) = license(&here, &seller, 100_000).await;
        activate(&here, &key, &host("a.com"), None).await.unwrap();
        let listener = tokio::spawn(service::cache_invalidation::listen(here.clone()));
        sleep(Duration::from_millis(500)).await;
        let writer = tokio::spawn({
            let here = here.clone();
            async move {
                for n in 0..100_000 {
                    activate(&here, &busy, &host(&format!("d{n}.com")), None).await.unwrap();
                    sleep(Duration::from_millis(1)).await;
                }
            }
        });
        for _ in 0..5 {
            assert_eq!(answer(&here, &key).await, Verification::Valid);
            suspend(&there, &seller.actor, id, None).await.unwrap();
            sleep(Duration::from_millis(250)).await;
            assert_eq!(answer(&here, &key).await, Verification::Suspended);
            reinstate(&there, &seller.actor, id).await.unwrap();
            sleep(Duration::from_millis(250)).await;
        }
        writer.abort();
        listener.abort();
    }

    async fn a_cached_verification_reads_no_database(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        let listener = tokio::spawn(service::cache_invalidation::listen(service.clone()));
        sleep(Duration::from_millis(500)).await;
        assert_eq!(answer(&service, &key).await, Verification::Valid);
        // The store is closed, so the result comes from the cache. Change notifications use a separate
        // connection.
        service.close().await;
        assert_eq!(answer(&service, &key).await, Verification::Valid);
        listener.abort();
    }

    async fn verification_reads_the_database_while_disconnected(db: TestDatabase) {
        let (here, disconnected) = (db.open().await, db.open().await);
        let seller = seller(&here, "ada").await;
        let (id, key) = license(&here, &seller, 1).await;
        activate(&here, &key, &host("a.com"), None).await.unwrap();
        assert_eq!(answer(&disconnected, &key).await, Verification::Valid);
        suspend(&here, &seller.actor, id, None).await.unwrap();
        assert_eq!(answer(&disconnected, &key).await, Verification::Suspended);
    }
}

/// A listener misses notifications between two connections. The node must detect the gap, at any time
/// and for any cause of the disconnect.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_leaves_no_stale_cache_entry() {
    let db = TestDatabase::postgres().await;
    let (here, there) = (db.open().await, db.open().await);
    let seller = seller(&here, "ada").await;
    let (id, key) = license(&here, &seller, 1).await;
    activate(&here, &key, &host("a.com"), None).await.unwrap();
    let listener = tokio::spawn(service::cache_invalidation::listen(there.clone()));
    let raw = Database::connect(&db.url).await.unwrap();
    for round in 0..24 {
        // The cache is current while the listener is connected.
        sleep(Duration::from_millis(120 + 7 * round)).await;
        assert_eq!(answer(&there, &key).await, Verification::Valid);
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                   AND (query LIKE 'LISTEN%' OR query LIKE 'SELECT (extract%')";
        raw.execute_unprepared(end).await.unwrap();
        suspend(&here, &seller.actor, id, None).await.unwrap();
        sleep(Duration::from_millis(250)).await;
        for _ in 0..3 {
            assert_eq!(answer(&there, &key).await, Verification::Suspended, "round {round}");
            sleep(Duration::from_millis(60)).await;
        }
        reinstate(&here, &seller.actor, id).await.unwrap();
        sleep(Duration::from_millis(250)).await;
    }
    listener.abort();
}
