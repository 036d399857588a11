//! Opens sealed license keys.

use domain::IssuedKey;
use uuid::Uuid;

use super::{Keyring, Purpose};
use crate::{Error, Result};

impl Keyring {
    /// Opens the sealed key of the license with this id.
    ///
    /// # Errors
    /// Returns an internal error if the key was sealed under another master key or for another license.
    pub(crate) fn open_license_key(&self, id: Uuid, sealed: &[u8]) -> Result<IssuedKey> {
        let clear = self.open(Purpose::LicenseKey, id, sealed)?;
        let damaged = || Error::Internal(format!("license {id}: sealed value is not a license key"));
        let text = std::str::from_utf8(&clear).map_err(|_| damaged())?;
        Ok(IssuedKey::from_storage(text.to_owned()))
    }
}
