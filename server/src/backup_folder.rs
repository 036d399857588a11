//! The folder of scheduled backups: the names of its files have their times.

use std::path::{Path, PathBuf};

use domain::Timestamp;

/// Start and end of the names of scheduled backups. The time of the backup is between.
const PREFIX: &str = "countersign-";
const SUFFIX: &str = ".db";

/// Returns the name of a backup, such as `countersign-20261129T083000Z.db`.
#[must_use]
pub fn file_name(at: Timestamp) -> String {
    format!("{PREFIX}{}{SUFFIX}", at.rfc3339().replace([':', '-'], ""))
}

/// Returns the scheduled backups of a folder, the oldest first.
#[must_use]
pub fn list(folder: &Path) -> Vec<(Timestamp, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> =
        entries.filter_map(|entry| Some((time_of(&entry.path())?, entry.path()))).collect();
    found.sort();
    found
}

/// Returns the time in a backup's name, such as `countersign-20261129T083000Z.db`.
fn time_of(path: &Path) -> Option<Timestamp> {
    let text = path.file_name()?.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let parts = |text: &str, size: &[usize], separator: &str| {
        let mut rest = text;
        let parts = size.iter().map(|size| {
            rest.split_at_checked(*size).map(|(part, after)| {
                rest = after;
                part
            })
        });
        parts.collect::<Option<Vec<_>>>().map(|parts| parts.join(separator))
    };
    let text = format!("{}T{}Z", parts(date, &[4, 2, 2], "-")?, parts(time, &[2, 2, 2], ":")?);
    Timestamp::parse_expiry(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_scheduled_backups_are_listed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in [
            "countersign-20261129T083000Z.db",
            "countersign-20251129T083000Z.db",
            "countersign.db",
            "countersign-20261129T083000Z.db.partial",
            "countersign-before-the-upgrade.db",
        ] {
            std::fs::write(folder.path().join(name), "").expect("a file");
        }
        let times: Vec<String> = list(folder.path()).into_iter().map(|(at, _)| at.rfc3339()).collect();
        assert_eq!(times, ["2025-11-29T08:30:00Z", "2026-11-29T08:30:00Z"]);
        assert_eq!(file_name(Timestamp::from_millis(1_795_941_000_000)), "countersign-20261129T083000Z.db");
    }
}
