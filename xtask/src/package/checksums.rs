//! `SHA256SUMS`, as `sha256sum --check` reads it.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::place;
use crate::cmd::Result;

/// Writes the digests of the files beside them.
///
/// # Errors
/// Returns a message that names the file.
pub fn write(files: &[PathBuf]) -> Result {
    let mut text = String::new();
    for file in files {
        let bytes = std::fs::read(file).map_err(|e| format!("{} can't be read: {e}.", file.display()))?;
        text += &line(&bytes, file);
    }
    place::write(&place::folder().join("SHA256SUMS"), &text)
}

fn line(bytes: &[u8], file: &Path) -> String {
    let digest = Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    format!("{digest}  {name}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_has_digest_and_name() {
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(line(b"abc", Path::new("target/package/a.deb")), format!("{digest}  a.deb\n"));
    }
}
