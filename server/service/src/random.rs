//! The one room in which randomness is drawn: the operating system's, through
//! the thread's cryptographic generator.

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

/// So many random bytes.
#[allow(clippy::disallowed_methods, reason = "this is the room")]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes[..]);
    bytes
}

/// A new id: UUID v7, so that ids sort by the time they were made, also within
/// one millisecond of this process.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the room")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Text for a secret that is not stored: 128 random bits in URL-safe characters.
#[must_use]
pub fn token() -> String {
    BASE64URL_NOPAD.encode(&bytes::<16>())
}

/// An id as if made at another time: for data with a history.
pub(crate) fn new_id_at(at: domain::Timestamp) -> Uuid {
    let millis = u64::try_from(at.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes()).into_uuid()
}
