//! The hosts that share one slot of the domain limit.
//!
//! Chosen per product. The default, one slot for each host, is the rule of the domain API contract
//! ("Domain normalisation").

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// The hosts that one slot covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotScope {
    /// The host alone.
    #[default]
    Host,
    /// The host with and without `www.`.
    Www,
    /// All hosts of the registrable domain (Public Suffix List).
    RegistrableDomain,
}

impl SlotScope {
    /// All scopes, in the order of forms.
    pub const ALL: [Self; 3] = [Self::Host, Self::Www, Self::RegistrableDomain];

    /// Returns the stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Www => "www",
            Self::RegistrableDomain => "registrable_domain",
        }
    }

    /// Returns the text of the choice in forms.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Host => "The host alone",
            Self::Www => "The host with and without www.",
            Self::RegistrableDomain => "All subdomains of a registrable domain",
        }
    }

    /// Parses a submitted or stored word. An empty word is the default.
    ///
    /// # Errors
    /// Returns [`FieldError`] for an unknown word.
    pub fn parse(word: &str) -> Result<Self, FieldError> {
        let word = word.trim();
        if word.is_empty() {
            return Ok(Self::default());
        }
        Self::ALL.into_iter().find(|scope| scope.as_str() == word).ok_or_else(|| {
            FieldError::new("slot_scope", "One slot covers: choose host, www or registrable_domain.")
        })
    }

    /// Returns the name of the slot that a canonical host takes. Hosts with the same name share a slot.
    ///
    /// The name is a suffix of the host. An IP address, a public suffix and a host of one label are
    /// slots of their own.
    #[cfg(not(target_family = "wasm"))]
    #[must_use]
    pub fn slot_of(self, host: &str) -> &str {
        match self {
            Self::Host => host,
            Self::Www => host.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(host),
            Self::RegistrableDomain => registrable_domain(host).unwrap_or(host),
        }
    }
}

/// Returns the public suffix with one label more.
#[cfg(not(target_family = "wasm"))]
fn registrable_domain(host: &str) -> Option<&str> {
    let last = host.rsplit('.').next()?;
    if host.starts_with('[') || last.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    psl::domain_str(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DomainName;
    use proptest::prelude::*;

    #[test]
    fn each_host_is_a_slot_by_default() {
        assert_eq!(SlotScope::default().slot_of("www.shop.com"), "www.shop.com");
        assert_eq!(SlotScope::parse(""), Ok(SlotScope::Host));
        for scope in SlotScope::ALL {
            assert_eq!(SlotScope::parse(scope.as_str()), Ok(scope));
        }
        assert!(SlotScope::parse("all").is_err());
    }

    #[test]
    fn www_shares_the_slot_of_its_host() {
        for (host, slot) in [
            ("www.shop.com", "shop.com"),
            ("shop.com", "shop.com"),
            ("www.www.shop.com", "www.shop.com"),
            ("blog.shop.com", "blog.shop.com"),
            ("www.com", "www.com"),
            ("www", "www"),
            ("wwwshop.com", "wwwshop.com"),
            ("127.0.0.1", "127.0.0.1"),
        ] {
            assert_eq!(SlotScope::Www.slot_of(host), slot, "{host}");
        }
    }

    #[test]
    fn subdomains_share_the_slot_of_their_registrable_domain() {
        for (host, slot) in [
            ("shop.com", "shop.com"),
            ("a.b.shop.com", "shop.com"),
            ("www.shop.co.uk", "shop.co.uk"),
            ("co.uk", "co.uk"),
            ("ada.github.io", "ada.github.io"),
            ("www.ada.github.io", "ada.github.io"),
            ("x.city.kawasaki.jp", "city.kawasaki.jp"),
            ("localhost", "localhost"),
            ("192.168.0.1", "192.168.0.1"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("www.xn--bcher-kva.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(SlotScope::RegistrableDomain.slot_of(host), slot, "{host}");
        }
    }

    proptest! {
        #[test]
        fn slot_is_a_suffix_and_its_own_slot(host in "[a-z0-9.-]{1,40}", n in 0usize..3) {
            if let Ok(host) = DomainName::parse(&host) {
                let scope = SlotScope::ALL[n];
                let slot = scope.slot_of(host.as_str());
                prop_assert!(host.as_str().ends_with(slot));
                if scope != SlotScope::Www {
                    prop_assert_eq!(scope.slot_of(slot), slot);
                }
            }
        }
    }
}
