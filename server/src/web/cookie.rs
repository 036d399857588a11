//! Parsing and building of cookies.

use http::{HeaderMap, HeaderValue, header};
use tower_sessions::cookie::time::Duration;
use tower_sessions::cookie::{Cookie, SameSite};

/// Returns the value of a cookie. A malformed cookie counts as missing.
pub fn get(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| Cookie::split_parse(value.to_owned()))
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// Returns the `Set-Cookie` header of a cookie that scripts cannot read. `max_age` is in seconds.
pub fn build(name: &'static str, value: String, max_age: i64, secure: bool) -> Option<HeaderValue> {
    let cookie = Cookie::build((name, value))
        .path("/")
        .max_age(Duration::seconds(max_age))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure);
    HeaderValue::from_str(&cookie.to_string()).ok()
}
