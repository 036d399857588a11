//! The master key: its file, and whether it belongs to the database.

use std::path::Path;

use service::inspection::{Inspection, InspectionError, InstanceRow};
use service::secrets::{Keyring, MasterKey};

use super::code::Code;
use super::files::Exposure;
use super::report::Finding;
use crate::config::Config;

/// The remedy of a key that is none.
const REMEDY: &str = "Restore the key from your backup: 43 characters. Any other key opens nothing.";

/// Checks the key. Returns the keys of the instance too, if the key belongs to the database. `inspected` is an error if
/// the database can't be read; `is_lost` tells that it is missing and was there.
pub fn check(
    settings: &Config,
    inspected: Result<Option<&Inspection>, &InspectionError>,
    is_lost: bool,
) -> (Vec<Finding>, Option<Keyring>) {
    let mut findings = Vec::new();
    let (file, new_file) = (settings.master_key_file(), settings.new_master_key_file());
    findings.extend(file_of_others(&file, &settings.data_dir));
    findings.extend(file_of_others(&new_file, &settings.data_dir));
    let instance = inspected.ok().flatten().and_then(|inspection| inspection.instance.as_ref());
    let key = match load(settings, &file) {
        Loaded::Key(key) => key,
        Loaded::Invalid(finding) => {
            findings.push(finding);
            return (findings, None);
        }
        Loaded::Missing => {
            let is_new = inspected.is_ok() && instance.is_none() && !is_lost;
            findings.push(missing(&file, is_new));
            return (findings, None);
        }
    };
    findings.extend(unused_file(settings, &key, &file));
    let Some(instance) = instance else { return (findings, None) };
    if let Some(keys) = instance.open(&key) {
        findings.push(Finding::fact(Code::MasterKeyBelongs, "The master key belongs to the database."));
        return (findings, Some(keys));
    }
    let next = if settings.master_key.is_some() { None } else { next_key(instance, &new_file) };
    findings.push(if next.is_some() {
        Finding::fault(
            Code::MasterKeyRotationUnfinished,
            format!("A rotation of the master key has ended; the new key is still in {}.", new_file.display()),
            "Start the server, or run `countersign migrate`: both put the new key in place.",
        )
    } else {
        Finding::fault(
            Code::MasterKeyWrong,
            "The master key is of another database: no license key can be opened with it.",
            "Restore the key that belongs to the database: the file master.key of your backup, or after a rotation \
             the key that it wrote.",
        )
    });
    (findings, next)
}

enum Loaded {
    Key(MasterKey),
    Missing,
    Invalid(Finding),
}

/// Loads the key from the setting or from its file, and creates none.
fn load(settings: &Config, file: &Path) -> Loaded {
    if let Some(text) = &settings.master_key {
        return match MasterKey::decode(text) {
            Ok(key) => Loaded::Key(key),
            Err(sentence) => {
                let found = format!("The setting master_key is wrong. {sentence}");
                Loaded::Invalid(Finding::fault(Code::MasterKeyInvalid, found, REMEDY))
            }
        };
    }
    match MasterKey::load(file) {
        Ok(key) => Loaded::Key(key),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Loaded::Missing,
        Err(error) => Loaded::Invalid(unreadable(file, &error)),
    }
}

fn unreadable(file: &Path, error: &std::io::Error) -> Finding {
    let remedy = if error.kind() == std::io::ErrorKind::PermissionDenied {
        "Run the command as the user of the server. If the server fails too, give that user the file."
    } else {
        REMEDY
    };
    let found = format!("The master key {} can't be read: {error}", file.display());
    Finding::fault(Code::MasterKeyInvalid, found, remedy)
}

fn missing(file: &Path, is_new: bool) -> Finding {
    let shown = file.display();
    if is_new {
        return Finding::fault(
            Code::MasterKeyNotCreated,
            format!("There is no master key {shown} yet."),
            "Nothing: the first start creates it. Back it up then, apart from the database.",
        );
    }
    Finding::fault(
        Code::MasterKeyMissing,
        format!("The master key {shown} is missing, and no other key opens the database."),
        "Restore the file from your backup, or set COUNTERSIGN_MASTER_KEY.",
    )
}

fn file_of_others(file: &Path, data_dir: &Path) -> Option<Finding> {
    let shown = file.display();
    (Exposure::of(file, data_dir) != Exposure::Private).then(|| {
        Finding::fault(
            Code::MasterKeyReadable,
            format!("Other users may read the master key {shown}."),
            format!("Run: chmod 600 {shown}. If another person may have read it, run `countersign master-key rotate`."),
        )
    })
}

/// A file with another key than the setting's misleads the person who restores a backup.
fn unused_file(settings: &Config, key: &MasterKey, file: &Path) -> Option<Finding> {
    settings.master_key.as_ref()?;
    let is_other = MasterKey::load(file).is_ok_and(|found| found != *key);
    is_other.then(|| {
        Finding::fault(
            Code::MasterKeyFileUnused,
            format!(
                "The file {} holds another key than the setting master_key, which is in force.",
                file.display()
            ),
            "Move the file away, with a note of which database it belongs to.",
        )
    })
}

fn next_key(instance: &InstanceRow, new_file: &Path) -> Option<Keyring> {
    instance.open(&MasterKey::load(new_file).ok()?)
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn key_of_another_user_is_not_to_be_restored() {
        let finding =
            |kind: ErrorKind| format!("{:?}", unreadable(Path::new("master.key"), &Error::from(kind)));
        assert!(finding(ErrorKind::PermissionDenied).contains("as the user of the server"));
        assert!(finding(ErrorKind::InvalidData).contains("Restore the key"));
    }
}
