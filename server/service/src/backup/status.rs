//! The times of the last backups, for health checks.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::Timestamp;
use domain::view::BackupHealth;

/// The scheduled backups of this process.
#[derive(Default)]
pub struct BackupStatus {
    /// Unix milliseconds of the last backup; 0 before the first.
    last_success: AtomicI64,
    /// Unix milliseconds of the last backup that failed; 0 before the first.
    last_failure: AtomicI64,
}

impl BackupStatus {
    /// Records a backup.
    pub fn succeeded_at(&self, at: Timestamp) {
        self.last_success.store(at.millis(), Ordering::Relaxed);
    }

    /// Records a backup that failed.
    pub fn failed_at(&self, at: Timestamp) {
        self.last_failure.store(at.millis(), Ordering::Relaxed);
    }

    /// Returns the time of the last backup.
    #[must_use]
    pub fn last_success(&self) -> Option<Timestamp> {
        time(&self.last_success)
    }

    /// Returns the times of the last backup and of the last failure.
    #[must_use]
    pub fn health(&self) -> BackupHealth {
        BackupHealth { last_success: self.last_success(), last_failure: time(&self.last_failure) }
    }
}

fn time(stored: &AtomicI64) -> Option<Timestamp> {
    Some(stored.load(Ordering::Relaxed)).filter(|at| *at > 0).map(Timestamp::from_millis)
}
