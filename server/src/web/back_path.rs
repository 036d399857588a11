//! The page to which a form returns.

use http::{HeaderMap, header};

/// Returns the path of the form's page on this site.
pub fn back_path(headers: &HeaderMap) -> String {
    headers
        .get(header::REFERER)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| url::Url::parse(v).ok())
        .map_or_else(
            || "/".to_owned(),
            |url| {
                let path = url.path().trim_start_matches('/');
                url.query().map_or_else(|| format!("/{path}"), |query| format!("/{path}?{query}"))
            },
        )
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn redirect_stays_on_this_site() {
        let mut headers = HeaderMap::new();
        assert_eq!(back_path(&headers), "/");
        headers
            .insert(header::REFERER, HeaderValue::from_static("https://evil.example/licenses/1?reveal=1#x"));
        assert_eq!(back_path(&headers), "/licenses/1?reveal=1");
        headers.insert(header::REFERER, HeaderValue::from_static("https://here.example//evil.example/x"));
        assert_eq!(back_path(&headers), "/evil.example/x");
    }
}
