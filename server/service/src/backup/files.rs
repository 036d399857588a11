//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Returns the path of a file that is written before it gets its final name, so that an
/// interrupted backup or restore leaves no file that looks whole.
pub(super) fn partial_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}

/// Creates an empty file that only its owner can read. Replaces a file of an interrupted attempt.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Syncs a file, gives it its final name, and syncs the folder, so that a power failure keeps both.
pub(super) fn publish(partial: &Path, path: &Path) -> io::Result<()> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, path)?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

pub(super) fn io_error(field: &'static str, path: &Path) -> impl Fn(io::Error) -> Error {
    move |e| Error::invalid(field, format!("The file {} can't be written: {e}.", path.display()))
}

/// Refuses to overwrite a file.
pub(super) fn refuse_existing(path: &Path) -> Result<()> {
    if path.exists() {
        let message =
            format!("The file {} exists. It is never overwritten; name another one.", path.display());
        return Err(Error::Conflict(message));
    }
    Ok(())
}
