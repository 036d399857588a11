//! A user who has proved a password.

use domain::UserId;

use super::device;
use super::password_version::PasswordVersion;
use crate::Result;
use crate::secrets::Keyring;

/// A user who proved the password, and the version of that password.
pub struct SignedInUser {
    /// The user.
    pub user: UserId,
    /// The version of the password that was proved.
    pub password_version: PasswordVersion,
    /// The value of the browser's device cookie.
    pub device_cookie: String,
}

impl SignedInUser {
    /// Creates the proof of a user whose password was checked or set just now. `hash` is the stored one.
    pub(crate) fn new(keys: &Keyring, user: UserId, hash: &str) -> Result<Self> {
        let device_cookie = device::create(keys, user)?;
        Ok(Self { user, password_version: PasswordVersion::of_hash(keys, hash), device_cookie })
    }
}
