//! Where packages and what they are made of are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cmd::{Result, output, run, target_dir};

/// The version of all packages.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the folder of finished packages.
pub fn folder() -> PathBuf {
    target_dir().join("package")
}

/// Returns the folder of unfinished files.
pub fn staging() -> PathBuf {
    target_dir().join("package-staging")
}

/// Returns the staged binary, from which all packages are made.
pub fn binary() -> PathBuf {
    // cargo-deb takes it from the folder of the release profile.
    staging().join("release/countersign")
}

/// Empties both folders, and stages a binary without its debug symbols.
///
/// # Errors
/// Returns a message that names the file.
pub fn stage(from: &Path) -> Result {
    empty_folder(&folder())?;
    empty_folder(&staging())?;
    let to = binary();
    create_folder(to.parent().unwrap_or(&to))?;
    run(Command::new("strip").arg("-o").arg(&to).arg(from))
}

/// Returns Debian's name of the architecture, such as `amd64`.
///
/// # Errors
/// Returns a message if this is no Debian.
pub fn architecture() -> Result<String> {
    output(Command::new("dpkg").arg("--print-architecture"))
        .ok_or_else(|| "Packages are made on Debian and its descendants: `dpkg` is missing.".to_owned())
}

/// Creates a folder, or empties it.
///
/// # Errors
/// Returns a message that names the folder.
pub fn empty_folder(path: &Path) -> Result {
    if path.exists() {
        fs::remove_dir_all(path).map_err(|e| format!("{} can't be emptied: {e}.", path.display()))?;
    }
    create_folder(path)
}

/// Creates a folder and those above it.
///
/// # Errors
/// Returns a message that names the folder.
pub fn create_folder(path: &Path) -> Result {
    fs::create_dir_all(path).map_err(|e| format!("{} can't be created: {e}.", path.display()))
}

/// Copies a file.
///
/// # Errors
/// Returns a message that names the copy.
pub fn copy(from: &Path, to: &Path) -> Result {
    fs::copy(from, to).map(drop).map_err(|e| format!("{} can't be written: {e}.", to.display()))
}

/// Writes a file.
///
/// # Errors
/// Returns a message that names the file.
pub fn write(path: &Path, text: &str) -> Result {
    fs::write(path, text).map_err(|e| format!("{} can't be written: {e}.", path.display()))
}
