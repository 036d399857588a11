//! Permissions of folders and files. The server creates them for its own user alone, and never changes them later.

use std::path::Path;

use super::code::Code;
use super::platform;
use super::report::Finding;
use crate::config::Config;

/// Permissions of the group and of others.
const FOREIGN: u32 = 0o077;
/// Permissions of the group and of others to write.
const FOREIGN_WRITE: u32 = 0o022;

/// Who may use a file beside its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// Only the owner.
    Private,
    /// Others may read it or look into it.
    Readable,
    /// Others may write to it.
    Writable,
}

impl Exposure {
    /// Judges permissions.
    pub fn of_mode(mode: u32) -> Self {
        match (mode & FOREIGN_WRITE, mode & FOREIGN) {
            (0, 0) => Self::Private,
            (0, _) => Self::Readable,
            _ => Self::Writable,
        }
    }

    /// Judges a file. A file that cannot be looked at is taken for a private one; other checks report it.
    pub fn of(path: &Path) -> Self {
        platform::mode(path).map_or(Self::Private, Self::of_mode)
    }
}

/// Checks the folder of data, the files of the database, and the file of settings. The master key has a check of its own.
pub fn check(settings: &Config, config_file: Option<&Path>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(data_folder(settings));
    if let Some(file) = settings.sqlite_file() {
        findings.extend(database_file(&file));
    }
    if let Some(file) = config_file.filter(|_| holds_secrets(settings)) {
        findings.extend(config_file_of_others(file));
    }
    let is_private = findings.is_empty();
    findings.extend(other_user(settings));
    if is_private {
        findings.push(Finding::fact(Code::FilesPrivate, "Folders and files are closed to other users."));
    }
    findings
}

fn data_folder(settings: &Config) -> Vec<Finding> {
    let folder = &settings.data_dir;
    let shown = folder.display();
    let is_needed = settings.sqlite_file().is_some() || settings.master_key.is_none();
    if !folder.exists() {
        let found = format!("The folder {shown} does not exist.");
        let remedy = "Nothing, before the first start: it creates the folder. Otherwise mount the disk, or correct \
                      COUNTERSIGN_DATA_DIR.";
        return if is_needed {
            vec![Finding::fault(Code::DataFolderMissing, found, remedy)]
        } else {
            Vec::new()
        };
    }
    let mut findings = Vec::new();
    match Exposure::of(folder) {
        Exposure::Private => {}
        Exposure::Readable => findings.push(Finding::fault(
            Code::DataFolderReadable,
            format!("Other users see the names of the files in {shown}."),
            format!("Run: chmod 700 {shown}"),
        )),
        Exposure::Writable => findings.push(Finding::fault(
            Code::DataFolderWritable,
            format!("Other users may replace the files in {shown}."),
            format!("Run: chmod 700 {shown}"),
        )),
    }
    if settings.sqlite_file().is_some() && !platform::is_writable(folder) {
        findings.push(Finding::fault(
            Code::DataFolderReadOnly,
            format!("This user may not write to the folder {shown}."),
            "Run the command as the user of the server. If the server fails too, give that user the folder, or mount \
             the disk for writing.",
        ));
    }
    findings
}

fn database_file(file: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let shown = file.display();
    if Exposure::of(file) != Exposure::Private {
        findings.push(Finding::fault(
            Code::DatabaseFileReadable,
            format!(
                "Other users may open the database {shown}: names and addresses of customers are in clear."
            ),
            format!("Run: chmod 600 {shown}*"),
        ));
    }
    if file.exists() && !platform::is_writable(file) {
        findings.push(Finding::fault(
            Code::DatabaseFileReadOnly,
            format!("This user may not write to the database {shown}."),
            "Run the command as the user of the server. If the server fails too, give that user the file.",
        ));
    }
    findings
}

fn config_file_of_others(file: &Path) -> Option<Finding> {
    let shown = file.display();
    (Exposure::of(file) != Exposure::Private).then(|| {
        Finding::fault(
            Code::ConfigFileReadable,
            format!("Other users may read the settings {shown}, and there are passwords or keys among the settings."),
            format!("Run: chmod 600 {shown}"),
        )
    })
}

fn holds_secrets(settings: &Config) -> bool {
    let has_password = |url: &str| url::Url::parse(url).is_ok_and(|url| url.password().is_some());
    settings.master_key.is_some()
        || settings.smtp_url.as_deref().is_some_and(has_password)
        || settings.database_url.as_deref().is_some_and(has_password)
}

fn other_user(settings: &Config) -> Option<Finding> {
    let (owner, user) = (platform::owner(&settings.data_dir)?, platform::user()?);
    (owner != user).then(|| {
        Finding::fault(
            Code::FilesOfAnotherUser,
            format!("The folder {} is of another user than this command.", settings.data_dir.display()),
            "Run the command as the user of the server: permissions are judged for the user who runs it.",
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_permissions_of_others_expose(mode in 0_u32..0o1000) {
            let exposure = Exposure::of_mode(mode);
            prop_assert_eq!(exposure == Exposure::Private, mode.trailing_zeros() >= 6);
            prop_assert_eq!(exposure == Exposure::Writable, mode & 0o020 != 0 || mode & 0o002 != 0);
            prop_assert_eq!(exposure, Exposure::of_mode(mode & 0o077), "the owner's permissions do not count");
        }
    }
}
