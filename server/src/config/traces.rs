//! The settings of traces.

use std::collections::HashMap;

use http::{HeaderName, HeaderValue};
use url::Url;

/// The path at which collectors take traces (OTLP over HTTP).
const TRACES_PATH: &str = "/v1/traces";

/// Where traces are sent, and how many. Has no `Debug`, because headers hold a token.
#[derive(Clone)]
pub struct TraceSettings {
    /// The address with its path.
    pub endpoint: String,
    /// Names and values of further headers.
    pub headers: HashMap<String, String>,
    /// A trace begins with one of so many requests.
    pub one_in: u32,
}

/// Checks the settings of traces and returns them, if a collector is set.
pub(super) fn parse(
    endpoint: Option<&str>,
    headers: Option<&str>,
    one_in: u32,
) -> Result<Option<TraceSettings>, String> {
    if one_in == 0 {
        return Err(
            "The setting traces_one_in must be at least 1. Without traces_endpoint, there are no traces."
                .into(),
        );
    }
    let headers = parse_headers(headers.unwrap_or_default())?;
    let Some(endpoint) = endpoint else { return Ok(None) };
    Ok(Some(TraceSettings { endpoint: with_path(endpoint)?, headers, one_in }))
}

/// Returns the address with the path of traces. A proxy may have a path before it.
fn with_path(endpoint: &str) -> Result<String, String> {
    let wrong = || {
        "The setting traces_endpoint must be an address such as http://127.0.0.1:4318, without a user or a query. \
         Headers for authentication are in traces_headers."
            .to_owned()
    };
    let mut url = Url::parse(endpoint).map_err(|_| wrong())?;
    let has_only_path = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || !has_only_path {
        return Err(wrong());
    }
    let path = url.path().trim_end_matches('/');
    if !path.ends_with(TRACES_PATH) {
        let path = format!("{path}{TRACES_PATH}");
        url.set_path(&path);
    }
    Ok(url.into())
}

/// Parses headers: names and values with `=`, separated by commas. The error names no value.
fn parse_headers(text: &str) -> Result<HashMap<String, String>, String> {
    let mut headers = HashMap::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let header = part.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
        let header = header.filter(|(name, value)| {
            name.parse::<HeaderName>().is_ok() && value.parse::<HeaderValue>().is_ok() && !value.is_empty()
        });
        let Some((name, value)) = header else {
            return Err(
                "The setting traces_headers must be headers such as authorization=Bearer 0123, separated by commas."
                    .into(),
            );
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_traces_is_added_once() {
        for (endpoint, expected) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
            ("https://otlp.example.com/otlp", "https://otlp.example.com/otlp/v1/traces"),
            ("https://otlp.example.com/otlp/v1/traces", "https://otlp.example.com/otlp/v1/traces"),
        ] {
            assert_eq!(with_path(endpoint).as_deref(), Ok(expected));
        }
        for endpoint in
            ["", "127.0.0.1:4318", "ftp://a.example", "http://a:b@c.example", "http://a.example?b"]
        {
            assert!(with_path(endpoint).is_err(), "{endpoint}");
        }
    }

    #[test]
    fn headers_are_names_and_values() {
        let headers = parse_headers("Authorization=Basic YTpiCg==, x-scope = 1,").expect("headers");
        let expected = [("authorization", "Basic YTpiCg=="), ("x-scope", "1")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(headers, HashMap::from(expected));
        for text in ["secret", "=secret", "a b=secret", "a=", "a=sec\nret"] {
            let error = parse_headers(text).expect_err(text);
            assert!(error.contains("traces_headers") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn traces_are_off_without_a_collector() {
        assert!(parse(None, Some("a=b"), 1).is_ok_and(|settings| settings.is_none()));
        assert!(parse(Some("http://127.0.0.1:4318"), None, 10).is_ok_and(|settings| settings.is_some()));
        assert!(parse(None, None, 0).is_err());
    }
}
