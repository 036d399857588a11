//! One-time cookie: hands a secret from a server function to the next page, which shows it once.

use data_encoding::BASE64URL_NOPAD;
use service::secrets::Purpose;

use super::server::{member, request, set_cookie, to_ui_error};
use crate::UiError;

/// Prefix of the cookie names. The number of the chunk follows.
pub const COOKIE_PREFIX: &str = "countersign_shown_once";
/// Characters of a chunk. Browsers limit a cookie to 4 kB including its name and attributes.
const MAX_CHUNK_LEN: usize = 3800;
/// The maximum number of cookies for one text.
pub const MAX_CHUNKS: usize = 8;

/// Stores `text` for the next page `to` of this member. The cookies are sealed, not readable by scripts, and
/// expire after 60 seconds.
pub(crate) fn set(to: &str, text: &str) -> Result<(), UiError> {
    let request = request()?;
    let sealed = request
        .service
        .keys()
        .seal(
            Purpose::HandOver,
            request.service.instance(),
            format!("{to} {} {text}", member()?.me.email).as_bytes(),
        )
        .map_err(to_ui_error)?;
    let secure = if request.origin.starts_with("https:") { "; Secure" } else { "" };
    let value = BASE64URL_NOPAD.encode(&sealed);
    if value.len() > MAX_CHUNK_LEN * MAX_CHUNKS {
        return Err(UiError::new(
            "too_long",
            "It was made, but is too long to be shown: fetch it by the API.",
        ));
    }
    for (n, part) in value.as_bytes().chunks(MAX_CHUNK_LEN).enumerate() {
        let part = String::from_utf8_lossy(part);
        set_cookie(&format!(
            "{COOKIE_PREFIX}{n}={part}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict{secure}"
        ));
    }
    Ok(())
}

/// Returns the text stored for the page `to`, if any, and deletes its cookies.
pub(crate) fn take(to: &str) -> Result<Option<String>, UiError> {
    let (request, email) = (request()?, member()?.me.email);
    let open = || {
        let sealed = BASE64URL_NOPAD.decode(request.one_time_value.as_deref()?.as_bytes()).ok()?;
        let keys = request.service.keys();
        let clear = keys.open(Purpose::HandOver, request.service.instance(), &sealed).ok()?;
        let text = std::str::from_utf8(&clear).ok()?;
        let text = text.strip_prefix(to)?.strip_prefix(' ')?;
        text.strip_prefix(email.as_str())?.strip_prefix(' ').map(ToOwned::to_owned)
    };
    let text = open();
    if text.is_some() {
        let parts = request.one_time_value.as_ref().map_or(0, String::len).div_ceil(MAX_CHUNK_LEN);
        for n in 0..parts {
            set_cookie(&format!("{COOKIE_PREFIX}{n}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"));
        }
    }
    Ok(text)
}
