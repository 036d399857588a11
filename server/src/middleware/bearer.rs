//! The bearer token of a request.

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// Returns the bearer token of a request (RFC 6750, section 2.1). A token in the query or a cookie is never
/// read.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_read_in_any_case() {
        let token = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().expect("a value"));
            bearer_token(&headers).map(ToOwned::to_owned)
        };
        for value in ["Bearer cs_1", "bearer  cs_1", "BEARER cs_1 "] {
            assert_eq!(token(value).as_deref(), Some("cs_1"), "{value}");
        }
        for value in ["", "Bearer", "Bearer ", "Basic cs_1", "cs_1"] {
            assert_eq!(token(value), None, "{value}");
        }
    }
}
