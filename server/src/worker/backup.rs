//! Scheduled backups of a SQLite database into a folder, with retention.

use std::time::Duration;

use service::{BackgroundJob, Service, backup};
use tokio::time::sleep;

use super::leader::is_leader;
use crate::backup_folder;
use crate::config::BackupSchedule;
use crate::private_folder::create_private_folder;

/// Interval of the check whether a backup is due.
pub(super) const CHECK_INTERVAL: Duration = Duration::from_secs(10);
/// Delay after a failed backup.
pub(super) const RETRY_DELAY: Duration = Duration::from_mins(5);

/// Writes a backup whenever one is due.
pub async fn run(service: Service, schedule: BackupSchedule) {
    if let Some((at, _)) = backup_folder::list(&schedule.folder).last() {
        service.backups().succeeded_at(*at);
    }
    loop {
        let due = service.backups().last_success().is_none_or(|at| {
            let age = service.now().millis().saturating_sub(at.millis());
            // A clock that was set back makes the age negative; the backup is then due.
            !(0..i64::try_from(schedule.interval.as_millis()).unwrap_or(i64::MAX)).contains(&age)
        });
        if due && is_leader(&service, BackgroundJob::Backup).await && !write(&service, &schedule).await {
            sleep(RETRY_DELAY).await;
        }
        sleep(CHECK_INTERVAL.min(schedule.interval)).await;
    }
}

async fn write(service: &Service, schedule: &BackupSchedule) -> bool {
    let now = service.now();
    let path = schedule.folder.join(backup_folder::file_name(now));
    if let Err(error) = create_private_folder(&schedule.folder) {
        service.backups().failed_at(now);
        tracing::error!(%error, folder = %schedule.folder.display(), "backup failed; retried in 5 min");
        return false;
    }
    match backup::create(service, &path).await {
        Ok(content) => {
            service.backups().succeeded_at(now);
            service.record_success(BackgroundJob::Backup);
            tracing::info!(
                path = %path.display(),
                bytes = content.bytes,
                licenses = content.licenses,
                activations = content.activations,
                "backup written and verified"
            );
            delete_old(schedule);
            true
        }
        Err(error) => {
            service.backups().failed_at(now);
            tracing::error!(%error, path = %path.display(), "backup failed; retried in 5 min");
            false
        }
    }
}

fn delete_old(schedule: &BackupSchedule) {
    let backups = backup_folder::list(&schedule.folder);
    let excess = backups.len().saturating_sub(schedule.keep);
    for (_, path) in backups.into_iter().take(excess) {
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "old backup not deleted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scheduled_backups_are_deleted() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["countersign-20261129T083000Z.db", "countersign-20251129T083000Z.db", "countersign.db"] {
            std::fs::write(folder.path().join(name), "").expect("a file");
        }
        delete_old(&BackupSchedule {
            folder: folder.path().into(),
            interval: Duration::from_hours(1),
            keep: 1,
        });
        let kept: Vec<String> =
            backup_folder::list(folder.path()).into_iter().map(|(at, _)| at.rfc3339()).collect();
        assert_eq!(kept, ["2026-11-29T08:30:00Z"]);
        assert!(folder.path().join("countersign.db").exists());
    }
}
