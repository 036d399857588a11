//! The address of a receiver.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use super::address::AllowedTargets;
use crate::FieldError;

/// Longest address, in characters.
const MAX_LEN: usize = 2048;

/// An address of a receiver: https, or http where the operator allows it, without user information and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    /// Parses an address. Literal addresses and names of this machine must be allowed; other names are resolved
    /// and checked at each attempt.
    ///
    /// # Errors
    /// Returns [`FieldError`] with the reason.
    pub fn parse(input: &str, targets: &AllowedTargets) -> Result<Self, FieldError> {
        let refuse = |text: &str| Err(FieldError::new("url", text));
        let text = input.trim();
        if text.chars().count() > MAX_LEN {
            return refuse("The address has at most 2,048 characters.");
        }
        let Ok(url) = Url::parse(text) else {
            return refuse("The address must be complete, such as https://shop.example/hooks.");
        };
        match url.scheme() {
            "https" => {}
            "http" if targets.allows_http() => {}
            "http" => return refuse("The address must begin with https://."),
            _ => return refuse("The address must be complete, such as https://shop.example/hooks."),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("The address must not contain a user or a password.");
        }
        if url.fragment().is_some() {
            return refuse("The address must not contain a #.");
        }
        let is_allowed = match url.host() {
            Some(Host::Ipv4(ip)) => targets.allows(&ip.to_string(), IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => targets.allows(&ip.to_string(), IpAddr::V6(ip)),
            Some(Host::Domain(name)) => !is_of_this_machine(name) || targets.allows_host(name),
            None => false,
        };
        if !is_allowed {
            return refuse("This server may not call that address. Its operator can allow it.");
        }
        Ok(Self(url))
    }

    /// Reads a stored address. `None` if it is damaged.
    #[must_use]
    pub fn from_storage(text: &str) -> Option<Self> {
        Url::parse(text).ok().map(Self)
    }

    /// Returns the address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the host, for lists: the path may hold a secret of the receiver.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

/// Returns whether a name is of the machine itself (RFC 6761).
fn is_of_this_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(text: &str, targets: &AllowedTargets) -> bool {
        WebhookUrl::parse(text, targets).is_ok()
    }

    #[test]
    fn addresses_are_accepted_and_refused() {
        let none = AllowedTargets::default();
        for good in [
            "https://shop.example/hooks?a=1",
            " https://shop.example ",
            "https://shop.example:8443/x",
            "https://8.8.8.8/x",
            "https://[2606:4700::1111]/",
            "https://bücher.example/",
        ] {
            assert!(is_accepted(good, &none), "{good}");
        }
        for bad in [
            "",
            "shop.example",
            "http://shop.example/",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "https://user@shop.example/",
            "https://:pw@shop.example/",
            "https://shop.example/#x",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f.0.0.1/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https:///",
        ] {
            assert!(!is_accepted(bad, &none), "{bad}");
        }
        assert!(!is_accepted(&format!("https://shop.example/{}", "a".repeat(2048)), &none));
    }

    #[test]
    fn the_operator_opens_networks_names_and_http() {
        let targets =
            AllowedTargets::parse("127.0.0.1/32, 10.1.0.0/16,Hooks.lan,localhost", true).expect("a list");
        for good in [
            "http://127.0.0.1:8080/",
            "https://10.1.2.3/",
            "http://hooks.lan/",
            "http://localhost:3000/",
            "http://shop.example/",
        ] {
            assert!(is_accepted(good, &targets), "{good}");
        }
        for bad in ["http://127.0.0.2/", "https://10.2.0.1/", "https://a.localhost/"] {
            assert!(!is_accepted(bad, &targets), "{bad}");
        }
    }
}
