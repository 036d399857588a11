//! Permissions of folders and files. The server creates them for its own user alone, and never changes them later.

use std::path::Path;

use super::code::Code;
use super::platform;
use super::report::Finding;
use crate::backup_folder;
use crate::config::Config;

/// Permissions of the group and of others.
const FOREIGN: u32 = 0o077;
/// Permissions of the group and of others to write.
const FOREIGN_WRITE: u32 = 0o022;
/// Permission of the group to read.
const GROUP_READ: u32 = 0o040;
/// The number of the user root.
const ROOT: u32 = 0;

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

    /// Judges a file below a folder. A permission counts only if those who have it may search all folders on the way,
    /// from `root` on; of a file elsewhere, its own folder. A file that cannot be looked at is taken for a private one;
    /// other checks report it.
    pub fn of(path: &Path, root: &Path) -> Self {
        Self::beside(0, path, root)
    }

    /// Judges a file likewise, without permissions that are meant to be given.
    fn beside(meant: u32, path: &Path, root: &Path) -> Self {
        let Some(mode) = platform::mode(path) else { return Self::Private };
        let folders = path.ancestors().skip(1);
        let count = if path.starts_with(root) {
            folders.clone().take_while(|folder| *folder != root).count()
        } else {
            0
        };
        let modes = folders.take(count + 1).filter_map(platform::mode);
        Self::of_mode(modes.fold(mode & !meant, reachable))
    }

    /// Judges a folder, whatever the folders above it allow.
    fn of_folder(path: &Path) -> Self {
        platform::mode(path).map_or(Self::Private, Self::of_mode)
    }
}

/// Returns the permissions that a folder leaves of those of a file in it: the group and others need the permission to
/// search it.
fn reachable(file: u32, folder: u32) -> u32 {
    [0o070, 0o007]
        .into_iter()
        .filter(|class| folder & class & 0o011 == 0)
        .fold(file, |mode, class| mode & !class)
}

/// Checks the folder of data, the files of the database, and the file of settings. The master key has a check of its own.
pub fn check(settings: &Config, config_file: Option<&Path>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(data_folder(settings));
    if let Some(file) = settings.sqlite_file() {
        findings.extend(database_file(&file, &settings.data_dir));
    }
    if let Some(file) = config_file.filter(|_| settings.holds_secrets()) {
        findings.extend(config_file_of_others(file, &settings.data_dir));
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
    match Exposure::of_folder(folder) {
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

fn database_file(file: &Path, data_dir: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let shown = file.display();
    // The newest changes are in the WAL.
    let is_exposed = ["", "-wal", "-shm"].iter().any(|suffix| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        Exposure::of(Path::new(&name), data_dir) != Exposure::Private
    });
    if is_exposed {
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

/// Checks the files of a folder of backups.
pub fn backups_of_others(folder: &Path) -> Option<Finding> {
    let shown = folder.display();
    let is_exposed = Exposure::of_folder(folder) == Exposure::Writable
        || backup_folder::list(folder)
            .iter()
            .any(|(_, file)| Exposure::of(file, folder) != Exposure::Private);
    is_exposed.then(|| {
        Finding::fault(
            Code::BackupsReadable,
            format!("Other users may open or replace the backups in {shown}."),
            format!("Run: chmod 700 {shown}"),
        )
    })
}

fn config_file_of_others(file: &Path, data_dir: &Path) -> Option<Finding> {
    let shown = file.display();
    // So the Debian package installs it: the server reads its settings, and can't change them.
    let is_for_group = platform::owner(file) == Some(ROOT)
        && platform::group(file).is_some_and(|group| platform::group(data_dir) == Some(group));
    let (meant, mode) = if is_for_group { (GROUP_READ, "640") } else { (0, "600") };
    (Exposure::beside(meant, file, data_dir) != Exposure::Private).then(|| {
        Finding::fault(
            Code::ConfigFileReadable,
            format!("Other users may read the settings {shown}, and there are passwords or keys among the settings."),
            format!("Run: chmod {mode} {shown}"),
        )
    })
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

    #[cfg(unix)]
    fn set_mode(path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("the mode is set");
    }

    #[cfg(unix)]
    #[test]
    fn file_in_a_closed_folder_is_private() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("a");
        let file = folder.join("b");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(&file, "x").expect("a file");
        set_mode(&file, 0o644);
        for (root_mode, folder_mode, exposure) in [
            (0o755, 0o755, Exposure::Readable),
            (0o700, 0o755, Exposure::Private),
            (0o755, 0o700, Exposure::Private),
            (0o755, 0o744, Exposure::Private),
            (0o750, 0o755, Exposure::Readable),
        ] {
            set_mode(&folder, folder_mode);
            set_mode(root.path(), root_mode);
            assert_eq!(Exposure::of(&file, root.path()), exposure, "{root_mode:o} {folder_mode:o}");
        }
        set_mode(root.path(), 0o700);
        set_mode(&folder, 0o755);
        assert_eq!(Exposure::of(&file, Path::new("/elsewhere")), Exposure::Readable);
    }

    #[cfg(unix)]
    #[test]
    fn permission_that_is_meant_exposes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("countersign.toml");
        std::fs::write(&file, "x").expect("a file");
        set_mode(folder.path(), 0o750);
        for (mode, meant, exposure) in [
            (0o640, GROUP_READ, Exposure::Private),
            (0o640, 0, Exposure::Readable),
            (0o660, GROUP_READ, Exposure::Writable),
        ] {
            set_mode(&file, mode);
            assert_eq!(Exposure::beside(meant, &file, Path::new("/elsewhere")), exposure, "{mode:o}");
        }
        set_mode(folder.path(), 0o755);
        set_mode(&file, 0o644);
        assert_eq!(Exposure::beside(GROUP_READ, &file, folder.path()), Exposure::Readable);
    }

    #[cfg(unix)]
    #[test]
    fn files_beside_the_database_and_backups_are_looked_at() {
        let data = tempfile::tempdir().expect("a folder");
        let (file, wal) = (data.path().join("a.db"), data.path().join("a.db-wal"));
        let backup = data.path().join("countersign-20261129T083000Z.db");
        for path in [&file, &wal, &backup] {
            std::fs::write(path, "x").expect("a file");
            set_mode(path, 0o600);
        }
        set_mode(data.path(), 0o755);
        assert_eq!((database_file(&file, data.path()), backups_of_others(data.path())), (Vec::new(), None));
        set_mode(&wal, 0o640);
        set_mode(&backup, 0o604);
        assert_eq!(database_file(&file, data.path())[0].code(), Code::DatabaseFileReadable);
        let found = backups_of_others(data.path()).map(|finding| finding.code());
        assert_eq!(found, Some(Code::BackupsReadable));
    }

    proptest! {
        #[test]
        fn folder_only_takes_permissions_away(file in 0_u32..0o1000, folder in 0_u32..0o1000) {
            let left = reachable(file, folder);
            prop_assert_eq!(left & !file, 0);
            prop_assert_eq!(left & 0o700, file & 0o700, "the owner's permissions stay");
            prop_assert_eq!(left & 0o007, if folder & 0o001 == 0 { 0 } else { file & 0o007 });
            prop_assert_eq!(left & 0o070, if folder & 0o010 == 0 { 0 } else { file & 0o070 });
        }

        #[test]
        fn only_permissions_of_others_expose(mode in 0_u32..0o1000) {
            let exposure = Exposure::of_mode(mode);
            prop_assert_eq!(exposure == Exposure::Private, mode.trailing_zeros() >= 6);
            prop_assert_eq!(exposure == Exposure::Writable, mode & 0o020 != 0 || mode & 0o002 != 0);
            prop_assert_eq!(exposure, Exposure::of_mode(mode & 0o077), "the owner's permissions do not count");
        }
    }
}
