//! Ranges of IP addresses that may or may not activate.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// The bits before an IPv4 address within IPv6 (RFC 4291, 2.5.5.2).
const MAPPED_BITS: u32 = 96;

/// A range of addresses of one family, both ends included: `10.0.0.0/8`, `10.0.0.1-10.0.0.9` or one address.
/// Keeps the text that it was given as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IpRange {
    text: String,
    first: IpAddr,
    last: IpAddr,
}

impl IpRange {
    /// Returns whether the range has the address. An IPv4 address within IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && (self.first..=self.last).contains(&address)
    }

    /// Returns the text of the range.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn bounds(text: &str) -> Option<(IpAddr, IpAddr)> {
        let address = |text: &str| text.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical());
        if let Some((first, last)) = text.split_once('-') {
            let (first, last) = (address(first)?, address(last)?);
            return (first.is_ipv4() == last.is_ipv4() && first <= last).then_some((first, last));
        }
        let Some((base, bits)) = text.split_once('/') else {
            return address(text).map(|address| (address, address));
        };
        let bits: u32 = bits.trim().parse().ok()?;
        // Of an IPv4 address within IPv6, the first 96 bits are the same.
        let (base, bits) = match base.trim().parse::<IpAddr>().ok()? {
            IpAddr::V6(base) if bits >= MAPPED_BITS && base.to_ipv4_mapped().is_some() => {
                (IpAddr::V6(base).to_canonical(), bits - MAPPED_BITS)
            }
            base => (base.to_canonical(), bits),
        };
        match base {
            IpAddr::V4(base) => {
                let host = u32::MAX.checked_shr(bits).unwrap_or(0);
                let first = base.to_bits() & !host;
                (bits <= 32)
                    .then(|| (Ipv4Addr::from_bits(first).into(), Ipv4Addr::from_bits(first | host).into()))
            }
            IpAddr::V6(base) => {
                let host = u128::MAX.checked_shr(bits).unwrap_or(0);
                let first = base.to_bits() & !host;
                (bits <= 128)
                    .then(|| (Ipv6Addr::from_bits(first).into(), Ipv6Addr::from_bits(first | host).into()))
            }
        }
    }
}

impl FromStr for IpRange {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        let (first, last) = Self::bounds(text).ok_or_else(|| {
            FieldError::new("ip", "Write an address, a range such as 10.0.0.1-10.0.0.9, or 10.0.0.0/24.")
        })?;
        Ok(Self { text: text.to_owned(), first, last })
    }
}

impl TryFrom<String> for IpRange {
    type Error = FieldError;

    fn try_from(text: String) -> Result<Self, FieldError> {
        text.parse()
    }
}

impl From<IpRange> for String {
    fn from(range: IpRange) -> Self {
        range.text
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Which addresses may activate and sync. Empty lists allow every address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IpRules {
    /// Ranges that may.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<IpRange>,
    /// Single addresses that may, beside the ranges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpRange>,
    /// Addresses that may not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub denied: Vec<IpRange>,
}

impl IpRules {
    /// Returns whether a client at this address is admitted. A client without an address, such as one that
    /// activates by file, is.
    #[must_use]
    pub fn admit(&self, address: Option<IpAddr>) -> bool {
        let Some(address) = address else { return true };
        let is_in = |ranges: &[IpRange]| ranges.iter().any(|range| range.contains(address));
        if is_in(&self.denied) {
            return false;
        }
        (self.ranges.is_empty() && self.addresses.is_empty()) || is_in(&self.ranges) || is_in(&self.addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(text: &str) -> IpRange {
        text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn ranges_contain_their_addresses() {
        for (text, inside, outside) in [
            ("10.1.2.3/24", "10.1.2.255", "10.1.3.0"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("10.0.0.1 - 10.0.0.9", "10.0.0.9", "10.0.0.10"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.0"),
            ("::ffff:192.0.2.1/128", "192.0.2.1", "192.0.2.2"),
        ] {
            assert!(range(text).contains(address(inside)), "{text} has {inside}");
            assert!(!range(text).contains(address(outside)), "{text} has not {outside}");
        }
        for bad in ["", "10.0.0.1/33", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "host", "::/129", "10.0.0.0/-1"] {
            assert!(bad.parse::<IpRange>().is_err(), "{bad}");
        }
    }

    #[test]
    fn denied_addresses_win() {
        let rules = IpRules {
            ranges: vec![range("10.0.0.0/8")],
            denied: vec![range("10.0.0.7")],
            ..IpRules::default()
        };
        assert!(rules.admit(Some(address("10.0.0.8"))) && rules.admit(None));
        assert!(!rules.admit(Some(address("10.0.0.7"))) && !rules.admit(Some(address("11.0.0.1"))));
        assert!(IpRules::default().admit(Some(address("11.0.0.1"))));
    }

    proptest! {
        #[test]
        fn a_network_has_the_addresses_with_its_prefix(base in any::<u32>(), bits in 0..=32u32, other in any::<u32>()) {
            let range = range(&format!("{}/{bits}", Ipv4Addr::from_bits(base)));
            let same = bits == 0 || base >> (32 - bits) == other >> (32 - bits);
            prop_assert_eq!(range.contains(Ipv4Addr::from_bits(other).into()), same);
        }

        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = text.parse::<IpRange>();
        }
    }
}
