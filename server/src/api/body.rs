//! Reading a request's body: bounded in bytes and in time.

use std::time::Duration;

use axum::body::Body;
use axum::body::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// Bytes a body may have (domain API: "body over 64 KiB: 413").
pub const MAX_BYTES: usize = 64 * 1024;
/// A whole body must arrive in this time.
const READ_TIMEOUT: Duration = Duration::from_secs(8);

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// Over 64 KiB.
    TooLarge,
    /// Not there in time.
    TooSlow,
    /// The connection broke, or the framing was wrong.
    Broken,
}

/// Reads a body to its end.
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
