//! Device cookie: marks a browser that has signed in to an account before, so that guesses from
//! elsewhere do not delay it (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").

use data_encoding::BASE64URL_NOPAD;
use domain::UserId;

use crate::secrets::{Keyring, Purpose};
use crate::{Result, random};

/// Lifetime of the cookie in seconds: a year.
pub const DEVICE_COOKIE_SECONDS: i64 = 31_536_000;

/// Creates the cookie's value for a browser of a user, sealed.
pub(super) fn create(keys: &Keyring, user: UserId) -> Result<String> {
    let sealed = keys.seal(Purpose::DeviceCookie, user.0, random::token().as_bytes())?;
    Ok(BASE64URL_NOPAD.encode(&sealed))
}

/// Returns the browser's id if the cookie is of this user.
pub(super) fn open(keys: &Keyring, user: UserId, cookie: &str) -> Option<String> {
    let sealed = BASE64URL_NOPAD.decode(cookie.as_bytes()).ok()?;
    let id = keys.open(Purpose::DeviceCookie, user.0, &sealed).ok()?;
    String::from_utf8(id.to_vec()).ok()
}
