//! Lock of a SQLite database: one server at a time. Two servers would each cache what the other
//! changes, and wait for each other's writes. The operating system releases the lock of a dead process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::private_folder::create_private_folder;

/// Interval of attempts while another server holds the lock.
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// The held lock, released when it is dropped.
pub struct InstanceLock(File);

impl InstanceLock {
    /// Locks the database file `database`. With `wait` it waits for the other server to stop.
    ///
    /// # Errors
    /// Returns a sentence that names the other server.
    pub async fn acquire(database: &Path, wait: bool) -> Result<Self, String> {
        let path = lock_path(database);
        let failed = |e: std::io::Error| format!("The lock file {} can't be used: {e}.", path.display());
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            create_private_folder(folder).map_err(failed)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        let mut announced = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::Error(e)) => return Err(failed(e)),
                Err(TryLockError::WouldBlock) if wait => {
                    if !announced {
                        announced = true;
                        tracing::info!(holder = holder(&mut file), "waiting for the other server to stop");
                    }
                    tokio::time::sleep(RETRY_INTERVAL).await;
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(format!(
                        "Another server runs on the database {}: {}. Stop it first, or start with --takeover to wait \
                         until it stops.",
                        database.display(),
                        holder(&mut file)
                    ));
                }
            }
        }
    }

    /// Writes process id and address of this server into the lock file, for the message to others.
    pub fn announce(&mut self, address: &str) {
        let text = format!("process {} at {address}\n", std::process::id());
        let written =
            self.0.set_len(0).and_then(|()| self.0.rewind()).and_then(|()| self.0.write_all(text.as_bytes()));
        if let Err(error) = written {
            tracing::debug!(%error, "lock file not written");
        }
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let text = text.trim();
    if read.is_err() || text.is_empty() { "a process without a name".to_owned() } else { text.to_owned() }
}
