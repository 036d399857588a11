//! Usage counters: verifications are counted in memory and flushed to the database.

use domain::Timestamp;
use sea_orm::{ConnectionTrait as _, Database};
use service::Clock;
use service::activation::{activate, status, verify};
use service::overview::overview;

use test_support::{host, license, on_both_databases, seller};

on_both_databases! {
    async fn verifications_are_counted_per_license_and_domain(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 2).await;
        let (_, other) = license(&service, &seller, 2).await;
        for domain in ["a.com", "b.com"] {
            activate(&service, &key, &host(domain), None).await.unwrap();
        }
        activate(&service, &other, &host("a.com"), None).await.unwrap();
        for round in 0..3 {
            for _ in 0..2 {
                verify(&service, &key, &host("a.com"), None).await.unwrap();
            }
            verify(&service, &key, &host("b.com"), None).await.unwrap();
            verify(&service, &key, &host("stranger.com"), None).await.unwrap();
            verify(&service, &other, &host("a.com"), None).await.unwrap();
            let before = status(&service, &key).await.unwrap().unwrap();
            assert_eq!(before.verification_count, round * 3, "not before it is folded");
            service.flush_all().await.unwrap();
        }
        service.flush_all().await.unwrap();
        let status = status(&service, &key).await.unwrap().unwrap();
        assert_eq!(status.verification_count, 9);
        assert!(status.last_verified_at.is_some());
        let by_domain: Vec<_> = status.domains.iter().map(|d| (d.domain.as_str(), d.verification_count)).collect();
        assert_eq!(by_domain, [("b.com", 3), ("a.com", 6)]);
        let today = *overview(&service, &seller.actor, 30).await.unwrap().days.last().unwrap();
        assert_eq!((today.valid, today.refused), (12, 3));
    }

    async fn an_unverified_activation_has_no_verification_time(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        let status = status(&service, &key).await.unwrap().unwrap();
        assert_eq!((status.verification_count, status.last_verified_at), (0, None));
        assert_eq!(status.domains[0].last_verified_at, None);
    }

    async fn only_a_flush_that_succeeded_has_a_new_time(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let service = db.open_at(clock.clone()).await;
        let start = service.now();
        let flushed_at = || service::metrics::process(&service).usage_flushed_at;
        assert_eq!(flushed_at(), start, "the start counts before the first flush");
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        verify(&service, &key, &host("a.com"), None).await.unwrap();
        clock.set(start.plus_seconds(60));
        service.flush_all().await.unwrap();
        assert_eq!(flushed_at(), start.plus_seconds(60));
        verify(&service, &key, &host("a.com"), None).await.unwrap();
        clock.set(start.plus_seconds(120));
        service.close().await;
        assert!(service.flush_all().await.is_err());
        assert_eq!(flushed_at(), start.plus_seconds(60));
    }

    async fn counts_that_are_written_have_a_time_although_refusals_fail(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let service = db.open_at(clock.clone()).await;
        let start = service.now();
        let flushed_at = || service::metrics::process(&service).usage_flushed_at;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        for domain in ["a.com", "b.com"] {
            verify(&service, &key, &host(domain), None).await.unwrap();
        }
        let connection = Database::connect(&db.url).await.unwrap();
        connection.execute_unprepared("DROP TABLE license_refusals").await.unwrap();
        connection.close().await.unwrap();
        clock.set(start.plus_seconds(60));
        assert!(service.flush_batch().await.is_err());
        assert_eq!(flushed_at(), start.plus_seconds(60));
        assert_eq!(status(&service, &key).await.unwrap().unwrap().verification_count, 1);
    }

    async fn a_failed_flush_is_retried(db: TestDatabase) {
        let (service, again) = (db.open().await, db.open().await);
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        verify(&service, &key, &host("a.com"), None).await.unwrap();
        service.close().await;
        assert!(service.flush_all().await.is_err());
        assert!(service.flush_all().await.is_err(), "it is tried again");
        let status = status(&again, &key).await.unwrap().unwrap();
        assert_eq!(status.verification_count, 0);
    }
}

#[tokio::test]
async fn an_uncached_verification_takes_one_statement() {
    let db = test_support::TestDatabase::sqlite();
    let (service, statements) = db.open_watched().await;
    let seller = seller(&service, "ada").await;
    let (_, key) = license(&service, &seller, 1).await;
    activate(&service, &key, &host("a.com"), None).await.unwrap();
    statements.take();
    verify(&service, &key, &host("a.com"), None).await.unwrap();
    assert_eq!(statements.take().len(), 1);
}
