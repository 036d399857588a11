//! One-time text: hands a secret from a server function to the next page, which shows it once. The
//! session holds it sealed, so that neither the browser nor a copied database can read it again.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use service::Error;
use service::secrets::Purpose;
use uuid::Uuid;

use super::server::{RequestContext, mark_secret, request, to_ui_error};
use crate::UiError;

/// The session key of the text.
const SESSION_KEY: &str = "one_time_text";
/// Lifetime of the text, in milliseconds.
const LIFETIME_MS: i64 = 60_000;

#[derive(Serialize, Deserialize)]
struct OneTimeText {
    /// The page that shows the text.
    page: String,
    /// The time of the redirect to the page, in Unix milliseconds.
    at: i64,
    text: String,
}

/// Stores `text` for the next page `page` of this session. It expires after 60 seconds.
pub(crate) async fn store_one_time_text(page: &str, text: &str) -> Result<(), UiError> {
    let request = request()?;
    let value = OneTimeText { page: page.into(), at: request.service.now().millis(), text: text.into() };
    let sealed = seal(&request, &value).map_err(to_ui_error)?;
    request.session.insert(SESSION_KEY, sealed).await.map_err(session_error)?;
    request.session.save().await.map_err(session_error)
}

/// Returns the text stored for the page, if any, and deletes it.
pub(crate) async fn take_one_time_text(page: &str) -> Result<Option<String>, UiError> {
    let request = request()?;
    let Some(sealed) = request.session.get::<String>(SESSION_KEY).await.map_err(session_error)? else {
        return Ok(None);
    };
    let value = open(&request, &sealed);
    if value.as_ref().is_some_and(|value| value.page != page) {
        return Ok(None);
    }
    // Deleted before the page shows it, so that no second request can read it.
    request.session.remove::<String>(SESSION_KEY).await.map_err(session_error)?;
    request.session.save().await.map_err(session_error)?;
    mark_secret();
    let age = |value: &OneTimeText| request.service.now().millis() - value.at;
    Ok(value.filter(|value| (0..LIFETIME_MS).contains(&age(value))).map(|value| value.text))
}

/// Binds the sealed text to the session, so that it opens in no other session.
fn session_id(request: &RequestContext) -> Uuid {
    request.session.id().map_or(Uuid::nil(), |id| Uuid::from_u128(id.0.cast_unsigned()))
}

fn seal(request: &RequestContext, value: &OneTimeText) -> Result<String, Error> {
    let json = serde_json::to_vec(value).map_err(|e| Error::Internal(format!("one-time text: {e}")))?;
    let sealed = request.service.keys().seal(Purpose::HandOver, session_id(request), &json)?;
    Ok(BASE64URL_NOPAD.encode(&sealed))
}

fn open(request: &RequestContext, sealed: &str) -> Option<OneTimeText> {
    let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
    let json = request.service.keys().open(Purpose::HandOver, session_id(request), &sealed).ok()?;
    serde_json::from_slice(&json).ok()
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn session_error(error: tower_sessions::session::Error) -> UiError {
    to_ui_error(Error::Internal(format!("session: {error}")))
}
