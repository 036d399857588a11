//! Files of the master key: replacing one without a moment in which none is there.

use std::io;
use std::path::{Path, PathBuf};

use service::secrets::MasterKey;

/// Writes the key to a file, in place of a file with another key.
///
/// # Errors
/// Returns the error of the file system.
pub fn replace(file: &Path, key: &MasterKey) -> io::Result<()> {
    if MasterKey::load(file).is_ok_and(|found| found == *key) {
        return Ok(());
    }
    let unfinished = file.with_extension("tmp");
    if unfinished.exists() {
        std::fs::remove_file(&unfinished)?;
    }
    key.write_new(&unfinished)?;
    std::fs::rename(&unfinished, file)?;
    sync_folder(file)
}

/// Makes `new_file` the master key's file. Keeps the former key beside it, and returns its path.
///
/// # Errors
/// Returns the error of the file system; then the former key is still in place.
pub fn adopt(file: &Path, new_file: &Path) -> io::Result<PathBuf> {
    let old_file = free_path(file);
    std::fs::hard_link(file, &old_file)?;
    std::fs::rename(new_file, file)?;
    sync_folder(file)?;
    Ok(old_file)
}

/// Returns a path for a former key that no file has: `master.key.old`, `master.key.old-2` …
fn free_path(file: &Path) -> PathBuf {
    let with_suffix = |suffix: String| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let numbered = (2..).map(|n| with_suffix(format!(".old-{n}")));
    let mut paths = std::iter::once(with_suffix(".old".to_owned())).chain(numbered);
    paths.find(|path| !path.exists()).unwrap_or_else(|| with_suffix(".old".to_owned()))
}

fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        #[cfg(unix)]
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn former_keys_are_kept_beside_the_new_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, new_file) = (folder.path().join("master.key"), folder.path().join("master.key.new"));
        let mut keys = vec![MasterKey::load_or_create(&file).expect("a key")];
        for suffix in ["old", "old-2"] {
            let key = MasterKey::generate();
            replace(&new_file, &MasterKey::generate()).expect("written");
            replace(&new_file, &key).expect("replaced");
            let old_file = adopt(&file, &new_file).expect("adopted");
            assert_eq!(old_file, folder.path().join(format!("master.key.{suffix}")));
            assert!(MasterKey::load(&old_file).expect("the former key") == *keys.last().expect("a key"));
            assert!(MasterKey::load(&file).expect("the new key") == key);
            assert!(!new_file.exists());
            keys.push(key);
        }
    }
}
