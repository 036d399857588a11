//! The numbers of metrics: they move with what use cases do.

use domain::Timestamp;
use service::activation::{activate, verify};
use service::mail::send_test;
use service::metrics::{ProcessMetrics, process, stored};
use service::{BackgroundJob, Clock};

use test_support::smtp::SmtpServer;
use test_support::{host, license, on_both_databases, seller};

/// Returns the job of a name: whether this process leads it, and since when it waits for a success.
fn job(metrics: &ProcessMetrics, name: &str) -> (bool, Option<Timestamp>) {
    let job = metrics.jobs.iter().find(|job| job.name == name).expect("the job");
    (job.is_leader(), job.waits_since())
}

on_both_databases! {
    async fn activations_and_verifications_are_counted(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 2).await;
        let before = process(&service);
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        // Without a worker that applies changes of other processes, the cache answers nothing.
        verify(&service, &key, &host("a.com"), None).await.unwrap();
        let after = process(&service);
        let (name, batches) = &after.batches[0];
        assert_eq!((*name, batches.sizes.count, batches.sizes.sum), ("domain_activations", 1, 1));
        assert_eq!((batches.waits.count, batches.queued), (1, 0));
        let misses = |metrics: &ProcessMetrics| metrics.caches[0].counts.misses;
        assert_eq!(misses(&after), misses(&before) + 1);
        assert!(!after.cache_is_current && after.workers_run);
        assert_eq!(after.usage_backlog, 1, "the verification is not flushed");
        assert_eq!(after.wal.is_some(), db.is_sqlite());
        assert_eq!(after.pools.len(), if db.is_sqlite() { 3 } else { 1 });
        assert!(after.pools.iter().all(|pool| pool.max > 0 && pool.used + pool.idle <= pool.max));
    }

    async fn leader_and_last_success_of_a_job_are_of_this_process(db: TestDatabase) {
        let start = Timestamp::from_millis(1_800_000_000_000);
        let clock = Clock::manual(start);
        let (first, second) = (db.open_at(clock.clone()).await, db.open_at(Clock::manual(start)).await);
        let begin = start.plus_seconds(60);
        clock.set(begin);
        assert!(first.try_acquire(BackgroundJob::ExpiryMarks).await.unwrap());
        let led_since = if db.is_sqlite() { start } else { begin };
        assert_eq!(job(&process(&first), "expiry_marks"), (true, Some(led_since)), "never succeeded");
        let success = begin.plus_seconds(60);
        clock.set(success);
        first.record_success(BackgroundJob::ExpiryMarks);
        assert_eq!(job(&process(&first), "expiry_marks"), (true, Some(success)));
        // SQLite has one server.
        let unled = (db.is_sqlite(), db.is_sqlite().then_some(start));
        assert_eq!(job(&process(&first), "sweep"), unled);
        assert_eq!(job(&process(&second), "expiry_marks"), unled);
    }

    async fn no_process_leads_the_jobs_of_mail_without_a_mail_server(db: TestDatabase) {
        let (service, smtp) = (db.open().await, SmtpServer::start().await);
        for name in ["mail", "customer_mail"] {
            assert_eq!(job(&process(&service), name), (false, None), "{name}");
        }
        smtp.enable(&service);
        assert!(service.try_acquire(BackgroundJob::Mail).await.unwrap());
        assert!(job(&process(&service), "mail").0);
    }

    /// An alert rests on the beginning of the lead of a job that never succeeds.
    async fn the_lead_of_a_job_that_fails_has_no_gap(db: TestDatabase) {
        let start = Timestamp::from_millis(1_800_000_000_000);
        let clock = Clock::manual(start);
        let (service, smtp) = (db.open_at(clock.clone()).await, SmtpServer::start().await);
        smtp.enable(&service);
        // An attempt that fails after a timeout, and the pause after it.
        let rounds = [(BackgroundJob::Mail, 44), (BackgroundJob::Mail, 50), (BackgroundJob::AuditSeals, 110)];
        for (kind, seconds) in rounds {
            let name: &str = kind.into();
            assert!(service.try_acquire(kind).await.unwrap());
            let lead = job(&process(&service), name);
            for _ in 0..20 {
                clock.set(clock.now().plus_seconds(seconds));
                assert_eq!(job(&process(&service), name), lead, "{name}, a round in {seconds} s");
                assert!(service.try_acquire(kind).await.unwrap());
            }
            service.release_all().await.unwrap();
        }
    }

    async fn waiting_mails_are_counted_from_when_they_are_due(db: TestDatabase) {
        let (service, smtp) = (db.open().await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        smtp.enable(&service);
        let empty = stored(&service).await.unwrap();
        assert_eq!((empty.mails.length, empty.mails.first_due_at), (0, None));
        assert_eq!((empty.deliveries.length, empty.deliveries.first_due_at), (0, None));
        for _ in 0..2 {
            send_test(&service, &ada.actor).await.unwrap();
        }
        let waiting = stored(&service).await.unwrap().mails;
        assert_eq!(waiting.length, 2);
        assert!(waiting.first_due_at.is_some_and(|at| at <= service.now()));
    }
}
