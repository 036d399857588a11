//! The master key of the instance, and the encryption and digests derived from it.
//!
//! Values that must be read back (license keys, signing keys) are sealed with XChaCha20-Poly1305,
//! bound to their column and row. Values that are only compared (license keys at look-up, session
//! ids) are stored as HMAC-SHA256 digests. A copied database reveals neither without the key.

mod keyring;
mod license_key;
mod master_key;
pub mod password;
mod purpose;

use subtle::ConstantTimeEq;

pub use keyring::{KeyDigests, Keyring};
pub use master_key::MasterKey;
pub use purpose::Purpose;

/// Compares two secrets in constant time.
#[must_use]
pub fn constant_time_eq(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
