//! Reading of request bodies, bounded in bytes and in time.

use std::time::Duration;

use axum::body::Body;
use axum::body::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// Maximum size of a body in bytes (domain API contract: 413 above 64 KiB).
pub const MAX_BYTES: usize = 64 * 1024;
/// Maximum time until the whole body has arrived.
const READ_TIMEOUT: Duration = Duration::from_secs(8);

/// The reason why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// Larger than 64 KiB.
    TooLarge,
    /// Did not arrive in time.
    TooSlow,
    /// The connection broke, or the framing is invalid.
    Broken,
}

/// Reads a whole body.
///
/// # Errors
/// See [`BodyError`].
pub async fn read_body(body: Body) -> Result<Bytes, BodyError> {
    let collected = tokio::time::timeout(READ_TIMEOUT, Limited::new(body, MAX_BYTES).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::TooSlow),
    }
}
