//! Questions to the file system that the standard library does not answer. On other systems than Unix they have no
//! answer, and their findings are left out.

use std::path::Path;

/// Returns the permissions of a file, such as `0o600`.
#[cfg(unix)]
pub fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().ok().map(|file| file.permissions().mode() & 0o777)
}

/// Returns the number of the owner of a file.
#[cfg(unix)]
pub fn owner(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    path.metadata().ok().map(|file| file.uid())
}

/// Returns the number of the group of a file.
#[cfg(unix)]
pub fn group(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    path.metadata().ok().map(|file| file.gid())
}

/// Returns the number of the device that holds a file.
#[cfg(unix)]
pub fn device(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    path.metadata().ok().map(|file| file.dev())
}

/// Returns the number of the user of this process.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems have no answer")]
pub fn user() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

/// Returns whether this user may write to a file or a folder. Asks the system, and writes nothing.
#[cfg(unix)]
pub fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Returns the bytes that this user may still write to the file system of a path.
#[cfg(unix)]
pub fn free_bytes(path: &Path) -> Option<u64> {
    let file_system = rustix::fs::statvfs(path).ok()?;
    Some(file_system.f_bavail.saturating_mul(file_system.f_frsize))
}

/// Has no answer here.
#[cfg(not(unix))]
pub fn mode(_: &Path) -> Option<u32> {
    None
}

/// Has no answer here.
#[cfg(not(unix))]
pub fn owner(_: &Path) -> Option<u32> {
    None
}

/// Has no answer here.
#[cfg(not(unix))]
pub fn group(_: &Path) -> Option<u32> {
    None
}

/// Has no answer here.
#[cfg(not(unix))]
pub fn device(_: &Path) -> Option<u64> {
    None
}

/// Has no answer here.
#[cfg(not(unix))]
pub fn user() -> Option<u32> {
    None
}

/// Returns whether the file is not marked as read-only.
#[cfg(not(unix))]
pub fn is_writable(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| !file.permissions().readonly())
}

/// Has no answer here.
#[cfg(not(unix))]
pub fn free_bytes(_: &Path) -> Option<u64> {
    None
}
