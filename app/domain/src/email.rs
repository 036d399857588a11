//! E-mail addresses of customers and members.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use url::Host;

use crate::FieldError;

/// Longest address in SMTP, in bytes (RFC 5321, 4.5.3.1.3, without the angle brackets).
const MAX_EMAIL_LEN: usize = 254;

/// A lower-cased address in the form that HTML's `<input type=email>` accepts. Lower-cased,
/// because addresses that differ only in case are the same mailbox in practice. International host
/// names are stored in ASCII form, as browsers send them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Checks and lower-cases an address.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the address is empty, longer than 254 bytes or not of the form
    /// that HTML defines.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        let text = input.trim();
        if text.is_empty() {
            return Err(FieldError::new("email", "An e-mail address is required."));
        }
        let invalid = || FieldError::new("email", "This must be an e-mail address, such as ada@example.com.");
        let (local, host) = text.rsplit_once('@').ok_or_else(invalid)?;
        let host =
            if host.is_ascii() { host.into() } else { international_host(host).ok_or_else(invalid)? };
        let address = format!("{local}@{host}").to_ascii_lowercase();
        if address.len() <= MAX_EMAIL_LEN && is_local(local) && is_host(&host) {
            Ok(Self(address))
        } else {
            Err(invalid())
        }
    }

    /// Returns the address in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the ASCII form of an international host name (UTS 46), as browsers send it.
fn international_host(host: &str) -> Option<Cow<'_, str>> {
    match Host::parse(host).ok()? {
        Host::Domain(name) => Some(name.into()),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

fn is_local(local: &str) -> bool {
    (1..=64).contains(&local.len())
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b))
}

fn is_host(host: &str) -> bool {
    host.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_addresses_are_lower_cased() {
        assert_eq!(
            Email::parse(" Ada.L+x@Example.COM ").map(|e| e.to_string()),
            Ok("ada.l+x@example.com".to_owned())
        );
    }

    #[test]
    fn international_hosts_are_stored_in_ascii() {
        for text in
            ["ada@bücher.example", "ada@BÜCHER.example", "ada@xn--bcher-kva.example", "ada@bücher。example"]
        {
            let email = Email::parse(text).map(|e| e.to_string());
            assert_eq!(email, Ok("ada@xn--bcher-kva.example".to_owned()), "{text}");
        }
    }

    #[test]
    fn invalid_addresses_are_refused() {
        for text in
            ["", "ada", "@example.com", "ada@", "a b@example.com", "ada@-x.com", "ada@x..com", "a@b@c d"]
        {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
    }
}
