//! The licenses that a session issued last, so that their page and its download find them again without
//! a key in a URL or a cookie. The session holds their ids, which are no secrets: reading the keys needs
//! the permission.

use data_encoding::BASE64URL_NOPAD;
use domain::{LicenseId, Timestamp};
use serde::{Deserialize, Serialize};
use service::Error;
use tower_sessions::Session;
use uuid::Uuid;

use super::server::{request, to_ui_error};
use crate::UiError;

/// The session key of the licenses.
const SESSION_KEY: &str = "issued_licenses";
/// How long the page finds the licenses, in milliseconds: an hour.
const LIFETIME_MS: i64 = 3_600_000;

#[derive(Serialize, Deserialize)]
struct IssuedLicenses {
    /// The time of issue, in Unix milliseconds.
    at: i64,
    /// The ids, 16 bytes each, in base64: 500 ids are 11 kB of the session's row.
    ids: String,
}

/// Stores the ids of licenses in the session, in place of those stored before.
pub(crate) async fn store_issued_licenses(ids: impl Iterator<Item = LicenseId>) -> Result<(), UiError> {
    let request = request()?;
    let bytes: Vec<u8> = ids.flat_map(|id| *id.0.as_bytes()).collect();
    let value = IssuedLicenses { at: request.service.now().millis(), ids: BASE64URL_NOPAD.encode(&bytes) };
    let stored = async {
        request.session.insert(SESSION_KEY, value).await?;
        request.session.save().await
    };
    stored.await.map_err(session_error).map_err(to_ui_error)
}

/// Returns the ids of the licenses that the session issued within the last hour.
///
/// # Errors
/// Returns an error if the session cannot be read.
pub async fn issued_licenses(session: &Session, now: Timestamp) -> Result<Vec<LicenseId>, Error> {
    let Some(value) = session.get::<IssuedLicenses>(SESSION_KEY).await.map_err(session_error)? else {
        return Ok(Vec::new());
    };
    if !(0..LIFETIME_MS).contains(&(now.millis() - value.at)) {
        session.remove::<IssuedLicenses>(SESSION_KEY).await.map_err(session_error)?;
        return Ok(Vec::new());
    }
    let bytes = BASE64URL_NOPAD.decode(value.ids.as_bytes()).unwrap_or_default();
    Ok(bytes.chunks_exact(16).filter_map(|id| Uuid::from_slice(id).ok()).map(LicenseId).collect())
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn session_error(error: tower_sessions::session::Error) -> Error {
    Error::Internal(format!("session: {error}"))
}
