//! A user who has proved the credentials.

use domain::UserId;

use super::credential_version::CredentialVersion;
use super::device;
use crate::Result;
use crate::secrets::Keyring;

/// A user who proved the credentials, and their version.
pub struct SignedInUser {
    /// The user.
    pub user: UserId,
    /// The version of the credentials that were proved.
    pub credential_version: CredentialVersion,
    /// The value of the browser's device cookie.
    pub device_cookie: String,
}

impl SignedInUser {
    /// Creates the proof of a user whose credentials were checked or set just now: the stored hash, and when the
    /// second factor was confirmed.
    pub(crate) fn new(
        keys: &Keyring,
        user: UserId,
        hash: &str,
        second_factor_at: Option<i64>,
    ) -> Result<Self> {
        let device_cookie = device::create(keys, user)?;
        let credential_version = CredentialVersion::new(keys, hash, second_factor_at);
        Ok(Self { user, credential_version, device_cookie })
    }
}
