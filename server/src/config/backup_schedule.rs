//! The schedule of backups.

use std::path::PathBuf;
use std::time::Duration;

/// When and where backups are written.
#[derive(Clone)]
pub struct BackupSchedule {
    /// The folder of the backups.
    pub folder: PathBuf,
    /// Time between two backups.
    pub interval: Duration,
    /// Number of backups that are kept.
    pub keep: usize,
}
