//! The time of the last backup, for health checks.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::Timestamp;

/// The scheduled backups of this process.
#[derive(Default)]
pub struct BackupStatus {
    /// Unix milliseconds of the last backup; 0 before the first.
    last_success: AtomicI64,
}

impl BackupStatus {
    /// Records a backup.
    pub fn succeeded_at(&self, at: Timestamp) {
        self.last_success.store(at.millis(), Ordering::Relaxed);
    }

    /// Returns the time of the last backup.
    #[must_use]
    pub fn last_success(&self) -> Option<Timestamp> {
        Some(self.last_success.load(Ordering::Relaxed)).filter(|at| *at > 0).map(Timestamp::from_millis)
    }
}
