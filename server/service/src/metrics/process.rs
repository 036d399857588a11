//! The counters of this process. Reading them needs no database.

use std::time::Duration;

use domain::Timestamp;
use domain::view::{BackupHealth, CacheHealth, CertificateHealth};

use crate::Service;
use crate::cache::CacheUse;
use crate::leader_election::JobUse;
use crate::node::VERSION;
use crate::store::{BatchUse, CheckpointUse, PoolUse};

/// The counters of a process.
#[derive(Debug, Clone)]
pub struct ProcessMetrics {
    /// The version of Countersign.
    pub version: &'static str,
    /// `sqlite` or `postgresql`.
    pub database: &'static str,
    /// When the process opened the database.
    pub started_at: Timestamp,
    /// The caches.
    pub caches: [CacheMetrics; 2],
    /// The group commits by what they write.
    pub batches: [(&'static str, BatchUse); 3],
    /// Whether the workers of batches take requests.
    pub workers_run: bool,
    /// Licenses and domains whose usage counts are not flushed.
    pub usage_backlog: u64,
    /// Size of evicted snapshots whose usage counts are not flushed, in bytes.
    pub usage_evicted_bytes: u64,
    /// When a flush of usage counts succeeded last, or when the process opened the database.
    pub usage_flushed_at: Timestamp,
    /// SQLite's WAL.
    pub wal: Option<CheckpointUse>,
    /// The connection pools.
    pub pools: Vec<PoolUse>,
    /// Write transactions that could begin at once.
    pub write_permits: u64,
    /// How long ago all changes of other processes were applied last.
    pub invalidation_lag: Duration,
    /// Whether verifications are answered by the cache.
    pub cache_is_current: bool,
    /// The background jobs.
    pub jobs: Vec<JobUse>,
    /// The scheduled backups of this process.
    pub backups: BackupHealth,
    /// The certificate that this process serves; `None` without TLS.
    pub certificate: Option<CertificateHealth>,
    /// Failed sign-ins by reason.
    pub sign_in_failures: Vec<(&'static str, u64)>,
    /// Attempts to send mails, by outcome.
    pub mail_attempts: Vec<(&'static str, u64)>,
    /// Attempts to deliver events to webhooks, by outcome.
    pub webhook_attempts: [(&'static str, u64); 3],
}

/// A cache.
#[derive(Debug, Clone, Copy)]
pub struct CacheMetrics {
    /// `license` or `machine`.
    pub name: &'static str,
    /// Entries and their size.
    pub size: CacheHealth,
    /// Hits, misses and evictions.
    pub counts: CacheUse,
}

/// Returns the counters of this process.
#[must_use]
pub fn process(service: &Service) -> ProcessMetrics {
    let (licenses, machines) = (&service.cache, &service.machine_cache);
    ProcessMetrics {
        version: VERSION,
        database: if service.store.is_sqlite() { "sqlite" } else { "postgresql" },
        started_at: service.started_at,
        caches: [
            CacheMetrics { name: "license", size: licenses.health(), counts: licenses.counts().get() },
            CacheMetrics { name: "machine", size: machines.health(), counts: machines.counts().get() },
        ],
        batches: [
            ("domain_activations", service.domain_activations.batches()),
            ("machine_activations", service.machine_activations.batches()),
            ("new_licenses", service.new_licenses.batches()),
        ],
        workers_run: service.workers_are_running(),
        usage_backlog: service.usage.len() as u64,
        usage_evicted_bytes: service.usage.evicted_bytes(),
        usage_flushed_at: service.usage.flushed_at().max(service.started_at),
        wal: service.store.checkpoints(),
        pools: service.store.pools(),
        write_permits: service.store.write_permits().available_permits() as u64,
        invalidation_lag: licenses.invalidation_lag(),
        cache_is_current: licenses.is_current(),
        jobs: service.jobs(),
        backups: service.backups().health(),
        certificate: service.certificate().health(),
        sign_in_failures: service.sign_in_failures.get(),
        mail_attempts: service.mail_attempts.get(),
        webhook_attempts: service.webhook_attempts.get(),
    }
}
