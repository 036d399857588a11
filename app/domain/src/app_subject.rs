//! A domain or a machine as a customer's mail names it.

use crate::license_key::extract::extract_keys;
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
    /// Returns [`FieldError`] of the field `subject` if the text is empty, too long, or a license key.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        let invalid = |message: &str| Err(FieldError::new("subject", message));
        if text.is_empty() {
            return invalid("Enter a domain, a URL, or the name or fingerprint of a machine.");
        }
        if !extract_keys(text).is_empty() {
            return invalid("This is a license key. Enter a domain or a machine.");
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
    fn texts_of_mails_are_told_apart() {
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
    fn license_key_is_refused() {
        let fault = AppSubject::parse("key: LIC-7K2M-9XQ4-C8VN-Q4R6").expect_err("a key");
        assert!(fault.message.starts_with("This is a license key"), "{fault:?}");
        assert!(AppSubject::parse("  ").is_err());
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
