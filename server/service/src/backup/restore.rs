//! Restores a backup into the place of a missing database.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::files::{create_private, io_error, partial_path, publish, refuse_existing};
use super::verify::{BackupContent, verify};
use crate::Result;
use crate::secrets::{Keyring, MasterKey};

/// Copies a verified backup to the database file `database`, which must not exist.
///
/// # Errors
/// Returns an error if a file of the database exists, or if the backup is damaged or was made under
/// another master key.
pub async fn restore(backup: &Path, database: &Path, master: &MasterKey) -> Result<BackupContent> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        refuse_existing(Path::new(&name))?;
    }
    let keys = Keyring::new(master);
    verify(backup, Some(&keys)).await?;
    let partial = partial_path(database);
    copy(backup, &partial).map_err(io_error("file", &partial))?;
    let content = verify(&partial, Some(&keys)).await?;
    publish(&partial, database).map_err(io_error("file", database))?;
    Ok(content)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let (mut from, mut to) = (fs::File::open(from)?, create_private(to)?);
    io::copy(&mut from, &mut to)?;
    to.flush()
}
