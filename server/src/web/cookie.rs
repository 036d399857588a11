//! Parsing of cookies.

use http::{HeaderMap, header};
use tower_sessions::cookie::Cookie;

/// Returns the value of a cookie. A malformed cookie counts as missing.
pub fn get(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| Cookie::split_parse(line.to_owned()))
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}
