//! E-mail addresses of customers and members.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// Longest address in SMTP, in bytes (RFC 5321, 4.5.3.1.3, without the angle brackets).
const MAX_EMAIL_LEN: usize = 254;

/// A lower-cased address in the form that HTML's `<input type=email>` accepts. Lower-cased,
/// because addresses that differ only in case are the same mailbox in practice.
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
        let valid = text.len() <= MAX_EMAIL_LEN
            && text.rsplit_once('@').is_some_and(|(local, host)| is_local(local) && is_host(host));
        if valid {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(FieldError::new("email", "This must be an e-mail address, such as ada@example.com."))
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
    fn invalid_addresses_are_refused() {
        for text in
            ["", "ada", "@example.com", "ada@", "a b@example.com", "ada@-x.com", "ada@x..com", "a@b@c d"]
        {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
    }
}
