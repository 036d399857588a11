//! The cookie that carries a failed form across a redirect. Sealed: what was
//! typed is readable to nobody but this server, and can't be forged.

use app::Flash;
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, HeaderValue};
use service::Service;
use service::secrets::Purpose;

use super::cookie;

const COOKIE_NAME: &str = "flash";
/// Bytes a browser keeps of a cookie, less its name and attributes.
const MAX_VALUE: usize = 3800;
/// Fields that are never carried.
const SECRET_FIELDS: [&str; 2] = ["password", "code"];

/// The cookie for a failed form, kept for a minute. What does not fit is
/// dropped: first the input, which then has to be typed again.
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

/// The flash that came with a request.
pub fn read(service: &Service, headers: &HeaderMap) -> Option<Flash> {
    let sealed = BASE64URL_NOPAD.decode(cookie::get(headers, COOKIE_NAME)?.as_bytes()).ok()?;
    let json = service.keys().open(Purpose::FlashCookie, service.instance(), &sealed).ok()?;
    serde_json::from_slice(&json).ok()
}

/// Deletes the cookie: it is shown once.
pub fn clear() -> HeaderValue {
    HeaderValue::from_static("flash=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}
