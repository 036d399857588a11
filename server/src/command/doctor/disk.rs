//! Free space of the disks of data and backups.

use std::path::Path;

use super::code::Code;
use super::platform;
use super::report::Finding;
use crate::config::Config;

const MIB: u64 = 1 << 20;
/// A write-ahead log may reach this size between two checkpoints; below it, writes soon fail.
const EXHAUSTED_BELOW: u64 = 64 * MIB;
/// Space for some days of growth of a small instance.
const LOW_BELOW: u64 = 512 * MIB;

/// Checks the disk of the data. `database_bytes` is the size of the database, if it is a file.
pub fn data(settings: &Config, database_bytes: Option<u64>) -> Vec<Finding> {
    // The database may lie elsewhere than the data folder.
    let database = settings.sqlite_file();
    check("data", database.as_deref().unwrap_or(settings.data_dir.as_path()), database_bytes)
}

/// Checks the disk of the backups, if the server writes them.
pub fn backups(settings: &Config, database_bytes: Option<u64>) -> Vec<Finding> {
    settings.backup_dir.as_deref().map_or_else(Vec::new, |folder| check("backups", folder, database_bytes))
}

fn check(content: &str, path: &Path, database_bytes: Option<u64>) -> Vec<Finding> {
    let folder = existing(path).and_then(|folder| Some((folder, platform::free_bytes(folder)?)));
    folder.map(|(folder, free)| finding(content, folder, free, database_bytes)).into_iter().collect()
}

/// Returns the path, or its first parent that exists.
fn existing(path: &Path) -> Option<&Path> {
    let existing = path.ancestors().find(|path| path.exists());
    // The last parent of a relative path is empty.
    existing.or_else(|| path.is_relative().then_some(Path::new(".")))
}

fn finding(content: &str, folder: &Path, free: u64, database_bytes: Option<u64>) -> Finding {
    let shown = folder.display();
    let size =
        database_bytes.map(|bytes| format!("; the database has {}", amount(bytes))).unwrap_or_default();
    let found = format!("The disk of the {content} ({shown}) has {} free{size}.", amount(free));
    match judge(free, database_bytes) {
        Code::DiskSpaceEnough => Finding::fact(Code::DiskSpaceEnough, found),
        code => Finding::fault(
            code,
            found,
            "Free space or enlarge the disk. An upgrade may need as much as the database has, and so does each backup.",
        ),
    }
}

/// Judges free bytes against fixed bounds and the size of the database.
fn judge(free: u64, database_bytes: Option<u64>) -> Code {
    if free < EXHAUSTED_BELOW {
        Code::DiskSpaceExhausted
    } else if free < LOW_BELOW.max(database_bytes.unwrap_or(0)) {
        Code::DiskSpaceLow
    } else {
        Code::DiskSpaceEnough
    }
}

/// Formats bytes with one digit behind the point, rounded down.
fn amount(bytes: u64) -> String {
    let units = [("GiB", 1 << 30), ("MiB", MIB), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn space_is_judged_against_the_database() {
        assert_eq!(judge(63 * MIB, None), Code::DiskSpaceExhausted);
        assert_eq!(judge(64 * MIB, None), Code::DiskSpaceLow);
        assert_eq!(judge(512 * MIB, Some(MIB)), Code::DiskSpaceEnough);
        assert_eq!(judge(5_000 * MIB, Some(5_001 * MIB)), Code::DiskSpaceLow);
        assert_eq!(judge(5_001 * MIB, Some(5_001 * MIB)), Code::DiskSpaceEnough);
    }

    #[test]
    fn amounts_have_one_digit_behind_the_point() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1536, "1.5 KiB"),
            (MIB - 1, "1023.9 KiB"),
            (3 << 30, "3.0 GiB"),
        ] {
            assert_eq!(amount(bytes), text);
        }
    }

    #[test]
    fn missing_folder_is_judged_by_its_parent() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(existing(&folder.path().join("a/b")), Some(folder.path()));
        assert_eq!(existing(Path::new("no-such-folder")), Some(Path::new(".")));
    }

    proptest! {
        #[test]
        fn more_space_is_never_worse(free in any::<u64>(), more in any::<u64>(), size in any::<u64>()) {
            let severity = |free: u64| judge(free, Some(size)).severity();
            prop_assert!(severity(free.saturating_add(more)) <= severity(free));
            let _ = amount(free);
        }
    }
}
