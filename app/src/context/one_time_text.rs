//! One-time text: hands a secret from a server function to the next page, which shows it once. The
//! session holds it sealed, so that neither the browser nor a copied database can read it again.

use serde::{Deserialize, Serialize};
use service::secrets::Purpose;

use super::sealed_value::{open, seal, session_error};
use super::server::{mark_secret, request};
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
    if request.session.id().is_none() {
        // The first save gives the session its id, to which the value is bound.
        request.session.save().await.map_err(session_error)?;
    }
    let value = OneTimeText { page: page.into(), at: request.service.now().millis(), text: text.into() };
    let sealed = seal(&request, Purpose::HandOver, &value)?;
    request.session.insert(SESSION_KEY, sealed).await.map_err(session_error)?;
    request.session.save().await.map_err(session_error)
}

/// Returns the text stored for the page, if any, and deletes it.
pub(crate) async fn take_one_time_text(page: &str) -> Result<Option<String>, UiError> {
    let request = request()?;
    let Some(sealed) = request.session.get::<String>(SESSION_KEY).await.map_err(session_error)? else {
        return Ok(None);
    };
    let value: Option<OneTimeText> = open(&request, Purpose::HandOver, &sealed);
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
