//! Random bytes and ids. The only module that may draw randomness: from the operating system,
//! through the thread's cryptographic generator.

use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use uuid::Uuid;

/// Returns `N` random bytes.
#[allow(clippy::disallowed_methods, reason = "this module wraps the generator")]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes[..]);
    bytes
}

/// Returns a new id: a UUID v7, so that ids sort by creation, also within a millisecond of this
/// process. Such an id is no credential, because neighbouring ids differ by a counter.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this module wraps the generator")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Returns a random UUID (version 4, RFC 9562), which tells nothing of other ids.
#[must_use]
pub fn random_id() -> Uuid {
    uuid::Builder::from_random_bytes(bytes()).into_uuid()
}

/// Returns an id that sorts by `at`, with 74 random bits and no counter (UUID v7, RFC 9562). For data
/// with a history.
pub(crate) fn new_id_at(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes()).into_uuid()
}

/// Returns the lowest id of a time (UUID v7, RFC 9562, section 5.7): ids before it sort first.
pub(crate) fn first_id_at(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

/// Returns the time of an id (UUID v7, RFC 9562, section 5.7).
pub(crate) fn time_of_id(id: Uuid) -> Timestamp {
    let bytes = id.as_bytes();
    let millis = bytes[..6].iter().fold(0, |millis, byte| (millis << 8) | i64::from(*byte));
    Timestamp::from_millis(millis)
}

/// Returns the token of a link or of an API token, whose digest is stored: 192 random bits in URL-safe characters.
pub(crate) fn stored_token() -> String {
    BASE64URL_NOPAD.encode(&bytes::<24>())
}

/// Returns text for a secret that is not stored: 128 random bits in URL-safe characters.
#[must_use]
pub fn token() -> String {
    BASE64URL_NOPAD.encode(&bytes::<16>())
}
