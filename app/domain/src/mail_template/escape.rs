//! Escapes of values: for HTML, and for addresses of links.

use std::fmt::Write as _;

/// Escapes a text for HTML, also within quoted attributes.
#[must_use]
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Escapes a text for a part of a URL: all but unreserved characters (RFC 3986, 2.3). A value can therefore
/// change neither the scheme nor the host of an address.
pub(super) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped() {
        assert_eq!(escape_html("a<b>&\"'"), "a&#60;b&#62;&#38;&#34;&#39;");
        assert_eq!(percent_encode("a b/ü?\n"), "a%20b%2F%C3%BC%3F%0A");
    }
}
