//! Versions of passwords.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::secrets::{Keyring, Purpose};

/// A digest of a user's stored password. A session of an older password is no session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordVersion(String);

impl PasswordVersion {
    /// Derives the version from the stored hash.
    pub(super) fn of_hash(keys: &Keyring, hash: &str) -> Self {
        let digest = keys.digest(Purpose::PasswordVersion, hash.as_bytes());
        Self(BASE64URL_NOPAD.encode(&digest[..16]))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
