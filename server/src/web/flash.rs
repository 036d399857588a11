//! The flash cookie, which carries a failed form across a redirect. Sealed, so that only this
//! server can read or create it.

use app::Flash;
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, HeaderValue};
use service::Service;
use service::secrets::Purpose;

use super::cookie;

const COOKIE_NAME: &str = "flash";
/// Maximum size of the cookie's value in bytes.
const MAX_VALUE: usize = 3800;
/// Fields that the cookie never carries.
const SECRET_FIELDS: [&str; 2] = ["password", "code"];

/// Creates the cookie for a failed form, valid for one minute. Drops the input if it does not fit.
pub fn cookie(service: &Service, mut flash: Flash, secure: bool) -> Option<HeaderValue> {
    flash.values.retain(|name, _| !SECRET_FIELDS.contains(&name.as_str()));
    let value = seal(service, &flash).or_else(|| {
        flash.values.clear();
        seal(service, &flash)
    })?;
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{COOKIE_NAME}={value}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax{secure}"
    ))
    .ok()
}

fn seal(service: &Service, flash: &Flash) -> Option<String> {
    let json = serde_json::to_vec(flash).ok()?;
    let sealed = service.keys().seal(Purpose::FlashCookie, service.instance(), &json).ok()?;
    Some(BASE64URL_NOPAD.encode(&sealed)).filter(|value| value.len() <= MAX_VALUE)
}

/// Returns the flash of a request.
pub fn read(service: &Service, headers: &HeaderMap) -> Option<Flash> {
    let sealed = BASE64URL_NOPAD.decode(cookie::get(headers, COOKIE_NAME)?.as_bytes()).ok()?;
    let json = service.keys().open(Purpose::FlashCookie, service.instance(), &sealed).ok()?;
    serde_json::from_slice(&json).ok()
}

/// Deletes the cookie after its first use.
pub fn clear() -> HeaderValue {
    HeaderValue::from_static("flash=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}
