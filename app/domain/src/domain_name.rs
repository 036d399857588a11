//! The canonical form of a domain that a license is bound to.

use std::fmt;

use serde::Serialize;
use url::Host;

use crate::FieldError;

/// Longest DNS name, in bytes of the ASCII form (RFC 1035).
const MAX_NAME_LEN: usize = 253;
/// Longest DNS label, in bytes (RFC 1035).
const MAX_LABEL_LEN: usize = 63;
/// Hosts that come from broken URLs and missing values, never from a site.
const PLACEHOLDERS: [&str; 5] = ["http", "https", "file", "null", "undefined"];

/// A host in the form of the WHATWG URL parser: lower case, punycode for international
/// names, IP addresses in canonical form, without a trailing dot.
///
/// Follows `contracts/domain-api`, "Domain normalisation": scheme, user info, port, path,
/// query and fragment are dropped. A scheme that is written more than once is dropped as often.
/// Normalization is idempotent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct DomainName(String);

impl DomainName {
    /// Normalizes a domain or URL from a request.
    ///
    /// # Errors
    /// Returns [`FieldError`] if
    /// - the host is empty, or UTS 46 rejects it;
    /// - it contains white space, control characters or other forbidden code points;
    /// - a label is empty or longer than 63 bytes, or the name is longer than 253 bytes;
    /// - the port is invalid;
    /// - the host is a wildcard, or a word that programs send in place of a host, such as `null`.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        let trimmed = input.trim();
        if trimmed.is_empty() {
            return Err(FieldError::new("domain", "The domain field is required."));
        }
        if is_plain(trimmed) {
            return Self::from_canonical(trimmed.to_owned());
        }
        let host = without_port(authority(trimmed)).ok_or_else(invalid_domain)?;
        // The WHATWG parser would silently delete tabs and line breaks.
        if host.is_empty() || host.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(invalid_domain());
        }
        let canonical = match Host::parse(host).map_err(|_| invalid_domain())? {
            Host::Domain(name) => name.strip_suffix('.').unwrap_or(&name).to_owned(),
            address => return Ok(Self(address.to_string())),
        };
        let fits = canonical.len() <= MAX_NAME_LEN
            && canonical.split('.').all(|label| (1..=MAX_LABEL_LEN).contains(&label.len()));
        if fits { Self::from_canonical(canonical) } else { Err(invalid_domain()) }
    }

    fn from_canonical(host: String) -> Result<Self, FieldError> {
        if host.contains('*') {
            return Err(FieldError::new(
                "domain",
                "The domain field must be one domain, such as shop.example.com: a wildcard is not a domain.",
            ));
        }
        if PLACEHOLDERS.contains(&host.as_str()) {
            return Err(invalid_domain());
        }
        Ok(Self(host))
    }

    /// Wraps a stored name without checks, because only parsed names are stored.
    #[must_use]
    pub fn from_storage(name: String) -> Self {
        Self(name)
    }

    /// Returns the canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn invalid_domain() -> FieldError {
    FieldError::new("domain", "The domain field must be a valid domain name, such as example.com.")
}

/// Returns whether the host is in canonical form already. Skips the WHATWG parser, because
/// most apps send a plain host. The last label begins with a letter, so the host is no IP
/// address. Labels with `xn--` are left to the parser, which validates them.
fn is_plain(host: &str) -> bool {
    let label = |label: &str| {
        (1..=MAX_LABEL_LEN).contains(&label.len())
            && !label.starts_with("xn--")
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= MAX_NAME_LEN
        && last.starts_with(|c: char| c.is_ascii_lowercase())
        && host.split('.').all(label)
}

/// Returns the part between the schemes and the path, without user info.
pub(crate) fn authority(input: &str) -> &str {
    let mut after_scheme = input;
    while let Some(rest) = strip_scheme(after_scheme) {
        after_scheme = rest;
    }
    let end = after_scheme.find(['/', '?', '#', '\\']).unwrap_or(after_scheme.len());
    let authority = &after_scheme[..end];
    authority.rsplit_once('@').map_or(authority, |(_user_info, host)| host)
}

/// Removes one scheme: `ftp://`, `https:/`, `HTTP:\\`, `//`, or `http//` with a forgotten colon.
/// After `http:` and `https:` the WHATWG parser accepts any number of slashes and backslashes.
fn strip_scheme(input: &str) -> Option<&str> {
    let slashes = ['/', '\\'];
    for scheme in ["https", "http"] {
        let Some((_, rest)) =
            input.split_at_checked(scheme.len()).filter(|(start, _)| start.eq_ignore_ascii_case(scheme))
        else {
            continue;
        };
        if let Some(rest) = rest.strip_prefix(':') {
            let host = rest.trim_start_matches(slashes);
            // `https:8080` is a host with a port.
            let is_host = rest.starts_with(slashes) || rest.starts_with(|c: char| !c.is_ascii_digit());
            return is_host.then_some(host);
        }
        if rest.starts_with("//") || rest.starts_with("\\\\") {
            return Some(rest.trim_start_matches(slashes));
        }
    }
    match input.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => Some(rest),
        _ => input.strip_prefix("//"),
    }
}

/// Returns whether the text is a URL scheme (RFC 3986, section 3.1).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Returns the host without its port; `None` if the port is invalid.
fn without_port(authority: &str) -> Option<&str> {
    // Inside brackets colons belong to the IPv6 address.
    let search_from = authority.rfind(']').map_or(0, |i| i + 1);
    match authority[search_from..].find(':') {
        None => Some(authority),
        Some(colon) => {
            let (host, port) = authority.split_at(search_from + colon);
            let digits = &port[1..];
            let is_port = digits.is_empty()
                || digits.bytes().all(|b| b.is_ascii_digit())
                    && digits.trim_start_matches('0').len() <= 5
                    && digits.parse::<u32>().is_ok_and(|p| p <= 65_535);
            is_port.then_some(host)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ok(input: &str) -> String {
        DomainName::parse(input).unwrap_or_else(|e| panic!("{input:?}: {e}")).0
    }

    #[test]
    fn documented_spellings_are_the_same_domain() {
        for input in [
            "https://example.com",
            "http://example.com/",
            "EXAMPLE.COM:8080/path",
            "example.com",
            "  example.com\n",
            "//example.com",
            "ftp://user:p@ss@example.com:21/x?y#z",
            "example.com.",
            "example.com?x=1",
            "example.com#frag",
            "example.com\\path",
            "example.com:",
            "ex%61mple.com",
            "https:/example.com",
            "HTTP:\\\\example.com",
            "https:///example.com",
            "ｅｘａｍｐｌｅ．ｃｏｍ",
            "example。com",
        ] {
            assert_eq!(ok(input), "example.com", "{input:?}");
        }
    }

    #[test]
    fn repeated_schemes_are_dropped() {
        for input in [
            "https://https://one.com",
            "http://https://one.com/path",
            "HTTPS://HTTP://ftp://one.com",
            "http//one.com",
            "https//one.com:443/x",
            "https://http//one.com",
            "https:one.com",
            "https://https:one.com",
            "http:\\\\https:\\\\one.com",
            "http\\\\one.com",
            "////one.com",
        ] {
            assert_eq!(ok(input), "one.com", "{input:?}");
        }
    }

    #[test]
    fn wildcards_and_placeholders_are_refused() {
        for input in [
            "*.example.com",
            "*",
            "https://*.example.com/",
            "shop.*",
            "a%2Ab.com",
            "http",
            "https",
            "HTTPS",
            "file",
            "null",
            "NULL.",
            "undefined",
            "https://undefined/path",
            "http://null:8080",
            "https://https",
            "https://http:",
            "file:///srv/www",
        ] {
            assert!(DomainName::parse(input).is_err(), "{input:?}");
        }
        for input in ["null.example.com", "http.org", "undefined.dev"] {
            assert_eq!(ok(input), input);
        }
    }

    #[test]
    fn hosts_are_canonicalized() {
        for (input, expected) in [
            ("Bücher.example", "xn--bcher-kva.example"),
            ("faß.de", "xn--fa-hia.de"),
            ("www.example.com", "www.example.com"),
            ("LOCALHOST:3000", "localhost"),
            ("http://127.0.0.1:8080/", "127.0.0.1"),
            ("0x7f.1", "127.0.0.1"),
            ("[2001:DB8:0:0::1]:443", "[2001:db8::1]"),
            ("[::ffff:1.2.3.4]", "[::ffff:102:304]"),
            ("_dmarc.example.com", "_dmarc.example.com"),
        ] {
            assert_eq!(ok(input), expected, "{input:?}");
        }
    }

    #[test]
    fn invalid_hosts_are_refused() {
        let long_label = format!("{}.com", "a".repeat(64));
        let long_name = format!("{}com", "abcdefg.".repeat(32));
        for input in [
            "",
            "   ",
            "https://",
            "exa mple.com",
            "exam\tple.com",
            "exam\0ple.com",
            "a..b",
            ".example.com",
            "example.com..",
            "example.com:port",
            "example.com:99999",
            "::1",
            "[::1",
            "[::1]x",
            "256.1.1.1",
            "exa<mple.com",
            "exa%00mple.com",
            "xn--",
            "a^b.com",
            "\u{ad}",
            long_label.as_str(),
            long_name.as_str(),
        ] {
            assert!(DomainName::parse(input).is_err(), "{input:?}");
        }
    }

    #[test]
    fn length_limits_are_inclusive() {
        let label = "a".repeat(63);
        assert_eq!(ok(&label), label);
        let name = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(name.len(), 253);
        assert_eq!(ok(&name), name);
    }

    /// Generates host-like strings, so that the tests reach the parser's branches.
    fn host_like() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[a-zA-Z0-9.:/@\\[\\]%_?#\\\\ -]{0,40}",
            "(https?://)?([\\p{L}\\p{N}\u{3002}\u{ff0e}.-]{1,12}\\.){0,3}[\\p{L}\\p{N}]{1,6}\\.?(:[0-9]{0,6})?(/.*)?",
            "[0-9a-fx]{1,4}(\\.[0-9a-fx]{1,4}){0,4}\\.?",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn normalization_is_idempotent(input in host_like()) {
            if let Ok(once) = DomainName::parse(&input) {
                prop_assert_eq!(DomainName::parse(once.as_str()), Ok(once));
            }
        }

        #[test]
        fn agrees_with_the_url_parser(host in host_like()) {
            // This parser accepts fewer inputs than the URL parser, and never differs in its result.
            if let Ok(ours) = DomainName::parse(&host) {
                let mut rest = host.trim();
                while let Some(stripped) = strip_scheme(rest) {
                    rest = stripped;
                }
                let url = url::Url::parse(&format!("https://{}", rest.trim_start_matches('/')));
                if let Ok(url) = url {
                    let theirs = url.host_str().unwrap_or_default();
                    let theirs = theirs.strip_suffix('.').unwrap_or(theirs);
                    prop_assert_eq!(ours.as_str(), theirs);
                }
            }
        }

        #[test]
        fn plain_hosts_are_canonical(
            host in "([a-z0-9-]{1,5}|[0-9a-fx]{1,4}|xn--[a-z0-9-]{0,5})(\\.([a-z0-9-]{1,5}|[0-9a-fx]{1,4}|xn--[a-z0-9-]{0,5})){0,3}"
        ) {
            if is_plain(&host) {
                prop_assert_eq!(Host::parse(&host), Ok(Host::Domain(host)));
            }
        }

        #[test]
        fn canonical_names_are_hosts_of_urls(host in host_like()) {
            if let Ok(ours) = DomainName::parse(&host) {
                let url = url::Url::parse(&format!("https://{ours}")).expect("a URL");
                prop_assert_eq!(url.host_str(), Some(ours.as_str()));
            }
        }
    }
}
