//! Reading of bodies: 64 KiB, or 1 MiB on paths that end in `/bulk`.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::Fields;
use crate::api::body::MAX_BYTES;
use crate::api::management_api::error::{ManagementError, Result};

/// Maximum size of the body of a bulk request in bytes.
const MAX_BULK_BYTES: usize = 1024 * 1024;
/// Maximum time until the whole body has arrived.
const READ_TIMEOUT: Duration = Duration::from_secs(8);

/// The body of a request, whatever its content type. Must be the last argument of a handler.
pub struct Body(pub Fields);

/// The bytes of a body that a middleware has read.
#[derive(Clone)]
pub(in crate::api::management_api) struct Buffered(pub Bytes);

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = ManagementError;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        if let Some(Buffered(bytes)) = request.extensions().get() {
            return Fields::parse(bytes).map(Self);
        }
        let max = max_bytes(request.uri().path());
        Fields::parse(&read_whole(request.into_body(), max).await?).map(Self)
    }
}

/// Returns the size limit of bodies on a path.
pub(in crate::api::management_api) fn max_bytes(path: &str) -> usize {
    if path.ends_with("/bulk") { MAX_BULK_BYTES } else { MAX_BYTES }
}

/// Reads a whole body of at most `max` bytes.
pub(in crate::api::management_api) async fn read_whole(body: axum::body::Body, max: usize) -> Result<Bytes> {
    let collected = tokio::time::timeout(READ_TIMEOUT, Limited::new(body, max).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ManagementError::TooLarge(max / 1024)),
        Ok(Err(_)) => Err(ManagementError::Validation("The request body could not be read.".to_owned())),
        Err(_) => Err(ManagementError::TooSlow),
    }
}
