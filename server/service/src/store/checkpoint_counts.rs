//! The length of the WAL, and its checkpoints.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::counters::Counters;

const FINISHED: usize = 0;
const INCOMPLETE: usize = 1;
const FAILED: usize = 2;

/// Counts the checkpoints of this process.
#[derive(Default)]
pub(crate) struct CheckpointCounts {
    pages: AtomicU64,
    file_pages: AtomicU64,
    runs: Counters<3>,
}

/// The counts at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointUse {
    /// Pages of the WAL that are not in the database file, as last seen after a commit.
    pub pages: u64,
    /// Pages of the WAL since its last restart, also those that are in the database file.
    pub file_pages: u64,
    /// Checkpoints that copied all pages and restarted the WAL.
    pub finished: u64,
    /// Checkpoints that left pages or did not restart the WAL, because of reads.
    pub incomplete: u64,
    /// Checkpoints that failed, such as on a full disk.
    pub failed: u64,
}

impl CheckpointCounts {
    /// Stores the number of pages that are not in the database file, and of all pages of the WAL.
    pub fn set_pages(&self, pages: i64, file_pages: i64) {
        self.pages.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
        self.file_pages.store(u64::try_from(file_pages).unwrap_or(0), Ordering::Relaxed);
    }

    /// Counts a checkpoint: whether it copied all pages and restarted the WAL.
    pub fn record(&self, is_finished: bool) {
        self.runs.add(if is_finished { FINISHED } else { INCOMPLETE }, 1);
    }

    pub fn record_failure(&self) {
        self.runs.add(FAILED, 1);
    }

    pub fn get(&self) -> CheckpointUse {
        CheckpointUse {
            pages: self.pages.load(Ordering::Relaxed),
            file_pages: self.file_pages.load(Ordering::Relaxed),
            finished: self.runs.get(FINISHED),
            incomplete: self.runs.get(INCOMPLETE),
            failed: self.runs.get(FAILED),
        }
    }
}
