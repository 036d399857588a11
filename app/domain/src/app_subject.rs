//! A domain or a machine as a customer's mail names it.

use crate::{DomainName, FieldError};

/// Longest fingerprint or network name, in characters.
const MAX_MACHINE_LEN: usize = 256;

/// A domain or a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppSubject {
    /// A host, or the host of a URL.
    Domain(DomainName),
    /// The fingerprint or the network name of a machine.
    Machine(String),
}

impl AppSubject {
    /// Parses a pasted text. A text with a dot or a scheme that is a valid host or URL is a domain.
    ///
    /// # Errors
    /// Returns [`FieldError`] of the field `subject` if the text is empty or too long.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        let invalid = |message: &str| Err(FieldError::new("subject", message));
        if text.is_empty() {
            return invalid("Enter a domain, a URL, or the name or fingerprint of a machine.");
        }
        let looks_like_host = text.contains(['.', '/', ':']) || text.eq_ignore_ascii_case("localhost");
        match DomainName::parse(text) {
            Ok(domain) if looks_like_host => return Ok(Self::Domain(domain)),
            _ => {}
        }
        if text.chars().count() > MAX_MACHINE_LEN || text.chars().any(char::is_control) {
            return invalid("A fingerprint or a machine’s name has at most 256 characters, on one line.");
        }
        Ok(Self::Machine(text.to_owned()))
    }

    /// Returns the domain, or the machine's fingerprint or name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Domain(domain) => domain.as_str(),
            Self::Machine(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn domains_and_machines_are_distinguished() {
        for (text, host) in [
            ("https://www.Shop.example/cart?x=1", "www.shop.example"),
            (" shop.example ", "shop.example"),
            ("localhost:3000", "localhost"),
            ("192.0.2.7", "192.0.2.7"),
            ("müller.example", "xn--mller-kva.example"),
        ] {
            assert_eq!(AppSubject::parse(text).expect("a domain").as_str(), host, "{text}");
            assert!(matches!(AppSubject::parse(text), Ok(AppSubject::Domain(_))), "{text}");
        }
        for text in ["build-7", "0123456789abcdef-machine", "Ada’s Mac"] {
            assert_eq!(AppSubject::parse(text), Ok(AppSubject::Machine(text.to_owned())));
        }
    }

    #[test]
    fn empty_and_long_texts_are_refused() {
        for text in ["  ", &"x".repeat(257), "two\nlines"] {
            assert_eq!(AppSubject::parse(text).expect_err("a fault").field, "subject", "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent(text in ".{0,40}") {
            if let Ok(subject) = AppSubject::parse(&text) {
                prop_assert_eq!(AppSubject::parse(subject.as_str()).map(|s| s.as_str().to_owned()),
                    Ok(subject.as_str().to_owned()));
            }
        }
    }
}
