//! Parsing of cookies.

use http::{HeaderMap, header};
use tower_sessions::cookie::Cookie;

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
