//! Scheduled backups: configured, recent, and on another disk than the data.

use std::path::Path;

use domain::Timestamp;

use super::code::Code;
use super::report::Finding;
use super::{files, platform};
use crate::backup_folder;
use crate::config::{BackupSchedule, Config};

/// Checks the schedule and its folder.
pub fn check(settings: &Config, now: Timestamp) -> Vec<Finding> {
    let Some(database) = settings.sqlite_file() else {
        return vec![Finding::fault(
            Code::BackupsExternal,
            "PostgreSQL is backed up by its own tools, which this check can't see.",
            "Make sure that pg_dump or WAL archiving runs, and that a restore was tried.",
        )];
    };
    let Some(schedule) = settings.backup_schedule() else {
        return vec![Finding::fault(
            Code::BackupsNotConfigured,
            "The server writes no scheduled backups.",
            "Set COUNTERSIGN_BACKUP_DIR to a folder on another disk, and restart. If another program backs up, such as \
             Litestream, check it instead.",
        )];
    };
    let mut findings = folder(&schedule);
    if findings.is_empty() {
        findings.push(age(&schedule, now));
    }
    findings.extend(files::backups_of_others(&schedule.folder));
    let data = if database.exists() { database } else { settings.data_dir.clone() };
    let devices = (platform::device(&data), platform::device(&schedule.folder));
    if matches!(devices, (Some(data), Some(backups)) if data == backups) {
        findings.push(Finding::fault(
            Code::BackupsOnSameDisk,
            "Data and backups are on one disk: its failure would take both.",
            "Copy the backups to another machine, or set COUNTERSIGN_BACKUP_DIR to another disk.",
        ));
    }
    findings
}

fn folder(schedule: &BackupSchedule) -> Vec<Finding> {
    let shown = schedule.folder.display();
    if !schedule.folder.is_dir() {
        return vec![Finding::fault(
            Code::BackupFolderMissing,
            format!("The folder of backups {shown} does not exist."),
            "Mount its disk, or correct COUNTERSIGN_BACKUP_DIR. If the folder is new, the server creates it.",
        )];
    }
    if !platform::is_writable(&schedule.folder) {
        return vec![Finding::fault(
            Code::BackupFolderReadOnly,
            format!("This user may not write to the folder of backups {shown}."),
            "Give the server's user the folder, or mount its disk for writing.",
        )];
    }
    Vec::new()
}

fn age(schedule: &BackupSchedule, now: Timestamp) -> Finding {
    let shown = schedule.folder.display();
    // An empty file is left by a full disk, and restores nothing.
    let is_written = |path: &Path| path.metadata().is_ok_and(|file| file.len() > 0);
    let backups = backup_folder::list(&schedule.folder);
    let Some((newest, path)) = backups.into_iter().rfind(|(_, path)| is_written(path)) else {
        return Finding::fault(
            Code::BackupsMissing,
            format!("There is no scheduled backup with content in {shown}."),
            "Start the server: it writes one at once. If it runs, search its log for \"backup failed\".",
        );
    };
    let interval_ms = i64::try_from(schedule.interval.as_millis()).unwrap_or(i64::MAX);
    let found = format!("The newest backup is {}, of {}.", path.display(), newest.rfc3339());
    match judge(now.millis().saturating_sub(newest.millis()), interval_ms) {
        Code::BackupsRecent => Finding::fact(Code::BackupsRecent, found),
        Code::BackupsInFuture => Finding::fault(
            Code::BackupsInFuture,
            format!("{found} That is in the future."),
            "Check the clock of this machine. The server writes a backup whenever the newest one is in the future.",
        ),
        code => Finding::fault(
            code,
            format!("{found} That is more than twice the interval ago."),
            "Start the server. If it runs, search its log for \"backup failed\", and check the space of the disk.",
        ),
    }
}

/// Judges the age of the newest backup. One that is late by less than an interval may be in work, or the server was
/// restarted.
fn judge(age_ms: i64, interval_ms: i64) -> Code {
    /// A backup takes its time from its beginning.
    const TOLERANCE_MS: i64 = 60_000;
    if age_ms < -TOLERANCE_MS {
        Code::BackupsInFuture
    } else if age_ms > interval_ms.saturating_mul(2).saturating_add(TOLERANCE_MS) {
        Code::BackupsOverdue
    } else {
        Code::BackupsRecent
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn backup_is_overdue_after_two_intervals() {
        let day = 24 * 60 * 60 * 1000;
        assert_eq!(judge(2 * day, day), Code::BackupsRecent);
        assert_eq!(judge(2 * day + 60_001, day), Code::BackupsOverdue);
        assert_eq!(judge(-60_001, day), Code::BackupsInFuture);
    }

    #[test]
    fn newest_backup_decides() {
        let folder = tempfile::tempdir().expect("a folder");
        let schedule =
            BackupSchedule { folder: folder.path().into(), interval: Duration::from_hours(24), keep: 7 };
        let now = Timestamp::parse_expiry("2026-11-30T08:30:00Z").expect("a time");
        assert_eq!(age(&schedule, now).code(), Code::BackupsMissing);
        for (day, code) in [("20261120", Code::BackupsOverdue), ("20261129", Code::BackupsRecent)] {
            std::fs::write(folder.path().join(format!("countersign-{day}T083000Z.db")), "x").expect("a file");
            assert_eq!(age(&schedule, now).code(), code);
        }
        std::fs::write(folder.path().join("countersign-20261129T083000Z.db"), "").expect("a file");
        assert_eq!(age(&schedule, now).code(), Code::BackupsOverdue, "an empty file is no backup");
    }

    proptest! {
        #[test]
        fn longer_interval_is_never_stricter(age in any::<i64>(), interval in 0_i64.., more in 0_i64..) {
            let longer = judge(age, interval.saturating_add(more));
            prop_assert!(longer.severity() <= judge(age, interval).severity());
        }
    }
}
