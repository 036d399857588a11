//! Versions of a user's credentials.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::secrets::{Keyring, Purpose};

/// A digest of a user's stored password and second factor. A session of an older version is no session, also if
/// it was opened while the change was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialVersion(String);

impl CredentialVersion {
    /// Derives the version from the stored hash, and from when the second factor was confirmed. Without a second
    /// factor it is the version of the password alone, which sessions of earlier releases hold.
    pub(crate) fn new(keys: &Keyring, hash: &str, second_factor_at: Option<i64>) -> Self {
        let value = match second_factor_at {
            None => hash.to_owned(),
            Some(at) => format!("{hash} {at}"),
        };
        let digest = keys.digest(Purpose::PasswordVersion, value.as_bytes());
        Self(BASE64URL_NOPAD.encode(&digest[..16]))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
