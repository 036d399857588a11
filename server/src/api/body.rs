//! Reading of request bodies, bounded in bytes and in time.

use std::time::Duration;

use axum::body::Body;
use axum::body::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// Maximum size of a body in bytes (domain API contract: 413 above 64 KiB).
pub const MAX_BYTES: usize = 64 * 1024;
/// Maximum size of a body that is read to its end although it is too large, in bytes.
const MAX_DISCARDED_BYTES: usize = 8 * 1024 * 1024;
/// Maximum time until the whole body has arrived.
const READ_TIMEOUT: Duration = Duration::from_secs(8);

/// The reason why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// Larger than the maximum.
    TooLarge,
    /// Did not arrive in time.
    TooSlow,
    /// The connection broke, or the framing is invalid.
    Broken,
}

/// Like [`read_body`]. Of a body that is too large, the rest is read too, up to 8 MiB: a browser that is still
/// sending would show a broken connection instead of the response.
///
/// # Errors
/// See [`BodyError`].
pub async fn read_body_to_end(mut body: Body) -> Result<Bytes, BodyError> {
    let read = async {
        let (mut kept, mut size) = (Vec::new(), 0_usize);
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
            size = size.saturating_add(data.len());
            if size <= MAX_BYTES {
                kept.extend_from_slice(&data);
            } else if size > MAX_DISCARDED_BYTES {
                break;
            }
        }
        if size > MAX_BYTES { Err(BodyError::TooLarge) } else { Ok(Bytes::from(kept)) }
    };
    tokio::time::timeout(READ_TIMEOUT, read).await.unwrap_or(Err(BodyError::TooSlow))
}

/// Reads a whole body.
///
/// # Errors
/// See [`BodyError`].
pub async fn read_body(body: Body) -> Result<Bytes, BodyError> {
    read_body_up_to(body, MAX_BYTES).await
}

/// Like [`read_body`], with another maximum size in bytes.
///
/// # Errors
/// See [`BodyError`].
pub async fn read_body_up_to(body: Body, max_bytes: usize) -> Result<Bytes, BodyError> {
    let collected = tokio::time::timeout(READ_TIMEOUT, Limited::new(body, max_bytes).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::TooSlow),
    }
}
