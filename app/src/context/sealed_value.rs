//! Values that a session holds sealed, so that neither a copied database nor another session can read them.

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use service::Error;
use service::secrets::Purpose;
use uuid::Uuid;

use super::server::{RequestContext, to_ui_error};
use crate::UiError;

/// Seals a value for the session of the request.
pub(super) fn seal(
    request: &RequestContext,
    purpose: Purpose,
    value: &impl Serialize,
) -> Result<String, UiError> {
    let sealed = serde_json::to_vec(value)
        .map_err(|e| Error::Internal(format!("sealed value of a session: {e}")))
        .and_then(|json| request.service.keys().seal(purpose, session_id(request), &json));
    Ok(BASE64URL_NOPAD.encode(&sealed.map_err(to_ui_error)?))
}

/// Opens a value that was sealed for the session of the request.
pub(super) fn open<T: DeserializeOwned>(
    request: &RequestContext,
    purpose: Purpose,
    sealed: &str,
) -> Option<T> {
    let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
    let json = request.service.keys().open(purpose, session_id(request), &sealed).ok()?;
    serde_json::from_slice(&json).ok()
}

fn session_id(request: &RequestContext) -> Uuid {
    request.session.id().map_or(Uuid::nil(), |id| Uuid::from_u128(id.0.cast_unsigned()))
}

/// Maps a failure of the session store.
#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn session_error(error: tower_sessions::session::Error) -> UiError {
    to_ui_error(Error::Internal(format!("session: {error}")))
}
