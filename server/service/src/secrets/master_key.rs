//! The master key and its file.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::{Error, random};

/// The instance's master key: 32 random bytes.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl PartialEq for MasterKey {
    /// Compares in constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(other.0.as_slice()).into()
    }
}

impl MasterKey {
    /// Generates a key.
    #[must_use]
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::bytes()))
    }

    /// Creates the key from its bytes.
    ///
    /// # Errors
    /// Returns an internal error if they are not 32.
    pub(crate) fn from_bytes(bytes: &[u8]) -> crate::Result<Self> {
        let key =
            bytes.try_into().map_err(|_| Error::Internal("a master key has the wrong length".into()))?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// Returns the bytes, to derive keys and to seal them.
    pub(crate) fn expose(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Parses a key in URL-safe base64 without padding (43 characters).
    ///
    /// # Errors
    /// Returns a sentence for the operator if the text is not a key.
    pub fn decode(text: &str) -> Result<Self, String> {
        let wrong = || "The master key must be 32 bytes in URL-safe base64 (43 characters).".to_owned();
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.trim().as_bytes()).map_err(|_| wrong())?);
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| wrong())?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// Loads the key from a file.
    ///
    /// # Errors
    /// Returns the error of the file system, or `InvalidData` if the file contains no key.
    pub fn load(path: &Path) -> io::Result<Self> {
        let mut text = Zeroizing::new(String::new());
        fs::File::open(path)?.read_to_string(&mut text)?;
        Self::decode(&text).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
    }

    /// Loads the key from a file. Creates the file with a new key and mode 0600 if it is missing.
    ///
    /// # Errors
    /// Returns the error of the file system, or `InvalidData` if the file contains no key.
    pub fn load_or_create(path: &Path) -> io::Result<Self> {
        match Self::load(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Self::create(path),
            other => other,
        }
    }

    fn create(path: &Path) -> io::Result<Self> {
        let key = Self::generate();
        match key.write_new(path) {
            // Another process created the file at the same time.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Self::wait_for(path),
            other => other.map(|()| key),
        }
    }

    /// Writes the key to a new file with mode 0600.
    ///
    /// # Errors
    /// Returns the error of the file system; `AlreadyExists` if the file exists.
    pub fn write_new(&self, path: &Path) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let text = Zeroizing::new(BASE64URL_NOPAD.encode(self.0.as_slice()));
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    fn wait_for(path: &Path) -> io::Result<Self> {
        let mut last = Ok(());
        for _ in 0..50 {
            match Self::load(path) {
                Ok(key) => return Ok(key),
                Err(e) => last = Err(e),
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        last.and(Err(io::ErrorKind::InvalidData.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_file_is_created_once_and_readable_only_by_its_owner() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("master.key");
        let created = MasterKey::load_or_create(&path).expect("created");
        let loaded = MasterKey::load_or_create(&path).expect("loaded");
        assert!(created == loaded);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let permissions = fs::metadata(&path).expect("a file").permissions();
            assert_eq!(permissions.mode() & 0o777, 0o600);
        }
        fs::write(&path, "nonsense").expect("written");
        assert!(MasterKey::load_or_create(&path).is_err());
    }
}
