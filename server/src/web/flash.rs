//! The flash cookie, which carries a failed form across a redirect. Sealed, so that only this
//! server can read or create it.

use std::collections::BTreeMap;

use app::{Flash, UiError};
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, HeaderValue};
use service::Service;
use service::secrets::Purpose;
use tower_sessions::Session;
use uuid::Uuid;

use super::cookie;

const COOKIE_NAME: &str = "flash";
/// Lifetime of the cookie in seconds.
const LIFETIME_SECONDS: i64 = 60;
/// Maximum size of the cookie's value in bytes.
const MAX_VALUE: usize = 3800;
/// Fields that the cookie never carries.
const SECRET_FIELDS: [&str; 5] = ["password", "new_password", "code", "token", "secret"];

/// Creates the cookie for a failed form of a session, valid for one minute. Drops the input if it
/// does not fit.
pub fn cookie(service: &Service, session: &Session, mut flash: Flash, secure: bool) -> Option<HeaderValue> {
    flash.values.retain(|name, _| !SECRET_FIELDS.contains(&name.as_str()));
    // What does not fit is dropped, the values that the page knows first, and the error never.
    let drops: [fn(&mut Flash); 4] = [
        |_| {},
        |flash| flash.values.retain(|name, _| !name.ends_with("_was") && !name.ends_with("_were")),
        |flash| flash.values.clear(),
        |flash| flash.error = flash.error.take().map(|error| UiError { fields: BTreeMap::new(), ..error }),
    ];
    let value = drops.into_iter().find_map(|drop| {
        drop(&mut flash);
        seal(service, session, &flash)
    })?;
    cookie::build(COOKIE_NAME, value, LIFETIME_SECONDS, secure)
}

/// Seals the time and the flash for a session, so that a copied cookie opens neither later nor in
/// another session.
fn seal(service: &Service, session: &Session, flash: &Flash) -> Option<String> {
    let mut value = service.now().millis().to_be_bytes().to_vec();
    value.extend(serde_json::to_vec(flash).ok()?);
    let sealed = service.keys().seal(Purpose::FlashCookie, bound_to(service, session), &value).ok()?;
    Some(BASE64URL_NOPAD.encode(&sealed)).filter(|value| value.len() <= MAX_VALUE)
}

/// Returns the flash of a request of a session.
pub fn read(service: &Service, session: &Session, headers: &HeaderMap) -> Option<Flash> {
    let sealed = BASE64URL_NOPAD.decode(cookie::get(headers, COOKIE_NAME)?.as_bytes()).ok()?;
    let value = service.keys().open(Purpose::FlashCookie, bound_to(service, session), &sealed).ok()?;
    let (at, json) = value.split_first_chunk()?;
    let age = service.now().millis() - i64::from_be_bytes(*at);
    (0..LIFETIME_SECONDS * 1000).contains(&age).then(|| serde_json::from_slice(json).ok())?
}

/// A browser that is not signed in has no session; its flash is bound to the instance.
fn bound_to(service: &Service, session: &Session) -> Uuid {
    session.id().map_or(service.instance(), |id| Uuid::from_u128(id.0.cast_unsigned()))
}

/// Deletes the cookie after its first use.
pub fn clear(secure: bool) -> Option<HeaderValue> {
    cookie::build(COOKIE_NAME, String::new(), 0, secure)
}
