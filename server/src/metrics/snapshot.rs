//! The names, help texts and samples of all metrics. `docs/operations.md` explains them; a test compares both.

use std::fmt;
use std::sync::Arc;

use domain::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use service::metrics::{ProcessMetrics, StoredMetrics};

use super::families::{Families, NO_LABELS, Scale};
use super::routes_seen::RouteUse;

/// All counters at one time.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) now: Timestamp,
    pub(super) routes: Vec<RouteUse>,
    pub(super) process: ProcessMetrics,
    pub(super) database_answers: bool,
    /// `None` if the queues were not read in time.
    pub(super) waiting: Option<Arc<StoredMetrics>>,
}

impl Collector for Snapshot {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut families = Families(encoder);
        self.encode_process(&mut families)?;
        self.encode_requests(&mut families)?;
        self.encode_caches(&mut families)?;
        self.encode_batches(&mut families)?;
        self.encode_database(&mut families)?;
        self.encode_jobs(&mut families)?;
        self.encode_attempts(&mut families)?;
        self.encode_certificate(&mut families)?;
        self.encode_waiting(&mut families)
    }
}

impl Snapshot {
    fn encode_process(&self, families: &mut Families<'_>) -> fmt::Result {
        let process = &self.process;
        let build = [("version", process.version), ("database", process.database)];
        families.gauge(
            "countersign_build_info",
            "Version and database; the value is 1.",
            [(build, 1_u64)],
        )?;
        families.gauge(
            "process_start_time_seconds",
            "Start of the process in seconds since the epoch.",
            [(NO_LABELS, process.started_at.seconds())],
        )?;
        let failures = process.sign_in_failures.iter();
        families.counter(
            "countersign_sign_in_failures",
            "Failed sign-ins by reason.",
            failures.map(|(reason, count)| ([("reason", *reason)], *count)),
        )
    }

    fn encode_requests(&self, families: &mut Families<'_>) -> fmt::Result {
        let outcomes = self.routes.iter().flat_map(|route| {
            let name = route.route.as_str();
            route.outcomes.iter().map(move |(method, outcome, count)| {
                ([("route", name), ("method", *method), ("outcome", *outcome)], *count)
            })
        });
        families.counter(
            "countersign_http_requests",
            "Answered requests by route template, method and outcome.",
            outcomes,
        )?;
        let seen = self.routes.iter().filter(|route| route.times.count > 0);
        families.histogram(
            "countersign_http_request_duration_seconds",
            "Time from the header of a request to the start of its answer.",
            Scale::Nanoseconds,
            seen.map(|route| ([("route", route.route.as_str())], &route.times)),
        )
    }

    fn encode_caches(&self, families: &mut Families<'_>) -> fmt::Result {
        let caches = &self.process.caches;
        families.counter(
            "countersign_cache_requests",
            "Verifications and activations of machines by cache: answered by it, or not.",
            caches.iter().flat_map(|cache| {
                let labels = |result| [("cache", cache.name), ("result", result)];
                [(labels("hit"), cache.counts.hits), (labels("miss"), cache.counts.misses)]
            }),
        )?;
        families.counter(
            "countersign_cache_evictions",
            "Entries that were removed because the cache was full.",
            caches.iter().map(|cache| ([("cache", cache.name)], cache.counts.evictions)),
        )?;
        families.gauge(
            "countersign_cache_entries",
            "Entries of the cache.",
            caches.iter().map(|cache| ([("cache", cache.name)], cache.size.entries)),
        )?;
        families.gauge(
            "countersign_cache_bytes",
            "Size of the cache in bytes.",
            caches.iter().map(|cache| ([("cache", cache.name)], cache.size.bytes)),
        )?;
        families.gauge(
            "countersign_cache_max_bytes",
            "Maximum size of the cache in bytes.",
            caches.iter().map(|cache| ([("cache", cache.name)], cache.size.max_bytes)),
        )?;
        families.gauge(
            "countersign_cache_current",
            "1 if changes of other processes arrive, 0 if the caches are bypassed.",
            [(NO_LABELS, u64::from(self.process.cache_is_current))],
        )?;
        families.gauge(
            "countersign_cache_invalidation_lag_seconds",
            "Time since all changes of other processes were applied last.",
            [(NO_LABELS, self.process.invalidation_lag.as_secs_f64())],
        )
    }

    fn encode_batches(&self, families: &mut Families<'_>) -> fmt::Result {
        let batches = &self.process.batches;
        families.histogram(
            "countersign_group_commit_batch_size",
            "Requests of a batch of a group commit.",
            Scale::Number,
            batches.iter().map(|(queue, batches)| ([("queue", *queue)], &batches.sizes)),
        )?;
        families.histogram(
            "countersign_group_commit_queue_wait_seconds",
            "Time that a request waited for the start of its batch.",
            Scale::Nanoseconds,
            batches.iter().map(|(queue, batches)| ([("queue", *queue)], &batches.waits)),
        )?;
        families.gauge(
            "countersign_group_commit_queued",
            "Requests that wait for a batch.",
            batches.iter().map(|(queue, batches)| ([("queue", *queue)], batches.queued)),
        )?;
        families.gauge(
            "countersign_batch_workers_running",
            "1 if the workers of batches take requests.",
            [(NO_LABELS, u64::from(self.process.workers_run))],
        )?;
        families.gauge(
            "countersign_usage_backlog",
            "Licenses and domains whose usage counts are not flushed.",
            [(NO_LABELS, self.process.usage_backlog)],
        )?;
        families.gauge(
            "countersign_usage_evicted_bytes",
            "Size of evicted licenses whose usage counts are not flushed, in bytes.",
            [(NO_LABELS, self.process.usage_evicted_bytes)],
        )?;
        families.gauge(
            "countersign_usage_flush_last_success_timestamp_seconds",
            "Last flush of usage counts that succeeded, or the start of the process, in seconds since the epoch.",
            [(NO_LABELS, self.process.usage_flushed_at.seconds())],
        )
    }

    fn encode_database(&self, families: &mut Families<'_>) -> fmt::Result {
        let process = &self.process;
        families.gauge(
            "countersign_database_up",
            "1 if the database answers, as /readyz checks it.",
            [(NO_LABELS, u64::from(self.database_answers))],
        )?;
        families.gauge(
            "countersign_database_connections",
            "Open connections by pool and state.",
            process.pools.iter().flat_map(|pool| {
                let labels = |state| [("pool", pool.name), ("state", state)];
                [(labels("used"), pool.used), (labels("idle"), pool.idle)]
            }),
        )?;
        families.gauge(
            "countersign_database_max_connections",
            "Maximum number of connections of the pool.",
            process.pools.iter().map(|pool| ([("pool", pool.name)], pool.max)),
        )?;
        families.gauge(
            "countersign_write_permits_available",
            "Write transactions that could begin at once.",
            [(NO_LABELS, process.write_permits)],
        )?;
        families.gauge(
            "countersign_wal_pages",
            "Pages of SQLite's WAL that are not in the database file.",
            process.wal.map(|wal| (NO_LABELS, wal.pages)),
        )?;
        families.gauge(
            "countersign_wal_file_pages",
            "Pages of SQLite's WAL since its last restart, also those that are in the database file.",
            process.wal.map(|wal| (NO_LABELS, wal.file_pages)),
        )?;
        families.counter(
            "countersign_wal_checkpoints",
            "Checkpoints of SQLite's WAL by result.",
            process.wal.into_iter().flat_map(|wal| {
                [("finished", wal.finished), ("incomplete", wal.incomplete), ("failed", wal.failed)]
                    .map(|(result, count)| ([("result", result)], count))
            }),
        )
    }

    fn encode_jobs(&self, families: &mut Families<'_>) -> fmt::Result {
        let jobs = &self.process.jobs;
        families.gauge(
            "countersign_background_job_leader",
            "1 if this process leads the background job.",
            jobs.iter().map(|job| ([("background_job", job.name)], u64::from(job.is_leader()))),
        )?;
        families.gauge(
            "countersign_background_job_last_success_timestamp_seconds",
            "Last success of the background job in this process, or the later start of its lead, since the epoch.",
            jobs.iter().filter_map(|job| Some(([("background_job", job.name)], job.waits_since()?.seconds()))),
        )?;
        let backups = self.process.backups;
        families.gauge(
            "countersign_backup_last_success_timestamp_seconds",
            "Last scheduled backup, in seconds since the epoch.",
            backups.last_success.map(|at| (NO_LABELS, at.seconds())),
        )?;
        families.gauge(
            "countersign_backup_last_failure_timestamp_seconds",
            "Last scheduled backup that failed since the start, in seconds since the epoch.",
            backups.last_failure.map(|at| (NO_LABELS, at.seconds())),
        )
    }

    fn encode_attempts(&self, families: &mut Families<'_>) -> fmt::Result {
        let by_outcome = |attempts: &[(&'static str, u64)]| {
            attempts.iter().map(|(outcome, count)| ([("outcome", *outcome)], *count)).collect::<Vec<_>>()
        };
        families.counter(
            "countersign_mail_attempts",
            "Attempts to send mails by outcome.",
            by_outcome(&self.process.mail_attempts),
        )?;
        families.counter(
            "countersign_webhook_attempts",
            "Attempts to deliver events to webhooks by outcome.",
            by_outcome(&self.process.webhook_attempts),
        )
    }

    fn encode_certificate(&self, families: &mut Families<'_>) -> fmt::Result {
        let certificate = self.process.certificate.as_ref();
        families.gauge(
            "countersign_tls_certificate_expiry_timestamp_seconds",
            "End of the certificate that this process serves, in seconds since the epoch.",
            certificate.and_then(|it| it.expires_at).map(|end| (NO_LABELS, end.seconds())),
        )?;
        families.gauge(
            "countersign_tls_certificate_order_failing",
            "1 if the last order of the certificate failed.",
            certificate
                .filter(|it| it.next_order_at.is_some())
                .map(|it| (NO_LABELS, u64::from(it.failure.is_some()))),
        )
    }

    fn encode_waiting(&self, families: &mut Families<'_>) -> fmt::Result {
        let waiting = self.waiting.as_deref();
        families.gauge(
            "countersign_mail_queue_length",
            "Mails that wait, up to 10000.",
            waiting.map(|waiting| (NO_LABELS, waiting.mails.length)),
        )?;
        families.gauge(
            "countersign_mail_queue_overdue_seconds",
            "Time since the first waiting mail is due.",
            waiting.map(|waiting| (NO_LABELS, self.overdue_seconds(waiting.mails.first_due_at))),
        )?;
        families.gauge(
            "countersign_webhook_queue_length",
            "Deliveries to webhooks that wait, up to 10000.",
            waiting.map(|waiting| (NO_LABELS, waiting.deliveries.length)),
        )?;
        families.gauge(
            "countersign_webhook_queue_overdue_seconds",
            "Time since the first waiting delivery to a webhook is due.",
            waiting.map(|waiting| (NO_LABELS, self.overdue_seconds(waiting.deliveries.first_due_at))),
        )?;
        families.gauge(
            "countersign_webhooks_failing",
            "Webhooks that fail, by state.",
            waiting.into_iter().flat_map(|waiting| {
                [("unhealthy", waiting.webhooks.unhealthy), ("suspended", waiting.webhooks.suspended)]
                    .map(|(state, count)| ([("state", state)], count))
            }),
        )
    }

    /// Returns for how long something is due; 0 if nothing is.
    fn overdue_seconds(&self, due_at: Option<Timestamp>) -> i64 {
        due_at.map_or(0, |at| (self.now.millis() - at.millis()).max(0) / 1000)
    }
}
