//! The addresses that deliveries may go to, so that a seller can't reach the operator's network through this
//! server (SSRF).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::FieldError;

/// What the operator opens beside public addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedTargets {
    networks: Vec<IpNet>,
    /// In lower case, without a final dot.
    hosts: Vec<String>,
    http: bool,
}

impl AllowedTargets {
    /// Parses a comma-separated list of addresses, networks and host names. `http` also allows addresses without
    /// TLS.
    ///
    /// # Errors
    /// Returns [`FieldError`] if an entry is none of these.
    pub fn parse(list: &str, http: bool) -> Result<Self, FieldError> {
        let mut targets = Self { http, ..Self::default() };
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let network = entry.parse::<IpNet>().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from));
            match network {
                Ok(network) => targets.networks.push(network),
                Err(_) if is_host(entry) => targets.hosts.push(folded(entry)),
                Err(_) => {
                    let text = format!(
                        "The setting webhook_allow has an entry that is neither a network nor a host name: {entry}."
                    );
                    return Err(FieldError::new("webhook_allow", text));
                }
            }
        }
        Ok(targets)
    }

    /// Returns whether addresses without TLS are allowed.
    #[must_use]
    pub fn allows_http(&self) -> bool {
        self.http
    }

    /// Returns whether a host may be called at any address.
    #[must_use]
    pub fn allows_host(&self, host: &str) -> bool {
        let host = folded(host);
        self.hosts.contains(&host)
    }

    /// Returns whether a host may be called at an address that its name was resolved to.
    #[must_use]
    pub fn allows(&self, host: &str, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address)
            || self.networks.iter().any(|network| network.contains(&address))
            || self.allows_host(host)
    }
}

fn folded(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn is_host(text: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    text.len() <= 253 && text.bytes().all(is_letter) && text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Returns whether an address is public: reachable from anywhere, and of no special use (RFC 6890). Addresses of
/// IPv4 inside IPv6 are judged as such.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => embedded_v4(ip).map_or_else(|| is_public_v6(ip), is_public_v4),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        // This network, private, loopback; multicast, reserved, broadcast.
        (0 | 10 | 127 | 224..=255, ..)
            // Shared by carriers (RFC 6598).
            | (100, 64..=127, _)
            // Link-local, with the metadata services of clouds.
            | (169, 254, _)
            // Private.
            | (172, 16..=31, _)
            | (192, 168, _)
            // Protocol assignments, documentation, relays of 6to4.
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            // Benchmarks, documentation.
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

/// Returns the IPv4 address within an IPv6 address: mapped, NAT64 (RFC 6052) or 6to4 (RFC 3056).
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = ip.octets();
    let v4 = |at: usize| Ipv4Addr::new(octets[at], octets[at + 1], octets[at + 2], octets[at + 3]);
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(v4(12)),
        [0x2002, ..] => Some(v4(2)),
        _ => None,
    }
}

/// Only global unicast is public (`2000::/3`), without what is set apart in it.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    let is_set_apart = matches!(
        segments,
        // Protocol assignments, with Teredo, benchmarks and ORCHID (RFC 2928), and documentation (RFC 3849).
        [0x2001, 0..=0x1ff | 0xdb8, ..]
            // Documentation (RFC 9637).
            | [0x3fff, 0..=0xfff, ..]
    );
    segments[0] >> 13 == 1 && !is_set_apart
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn special_addresses_are_not_public() {
        for text in [
            "0.0.0.0",
            "0.255.0.1",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "100::1",
            "2001:db8::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "3fff::1",
            "5f00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::808:808",
            "2002:7f00:1::1",
            "2002:a00:1::",
        ] {
            assert!(!is_public(ip(text)), "{text}");
        }
    }

    #[test]
    fn ordinary_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "126.0.0.1",
            "128.0.0.1",
            "169.253.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "203.0.112.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
            "2001:200::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(is_public(ip(text)), "{text}");
        }
    }

    #[test]
    fn entries_are_networks_or_names() {
        for bad in ["10.0.0.0/99", "a b", "300.1.1.1", "https://hooks.lan", "hooks.lan:80", "1.2"] {
            assert!(AllowedTargets::parse(bad, false).is_err(), "{bad}");
        }
        let targets = AllowedTargets::parse("::1, fd00::/8,hooks.LAN.", false).expect("a list");
        assert!(targets.allows("x", ip("::1")) && targets.allows("x", ip("fd00::7")));
        assert!(
            targets.allows("HOOKS.lan", ip("10.0.0.1")) && !targets.allows("a.hooks.lan", ip("10.0.0.1"))
        );
        assert!(!targets.allows("x", ip("127.0.0.1")));
    }

    proptest! {
        /// No spelling of an address of IPv4 in IPv6 passes where the address itself does not.
        #[test]
        fn an_embedded_address_is_judged_as_itself(bits in any::<u32>(), tail in any::<[u8; 10]>()) {
            let v4 = Ipv4Addr::from(bits);
            let [a, b, c, d] = v4.octets();
            let mapped = v4.to_ipv6_mapped();
            let mut nat64 = [0; 16];
            nat64[..4].copy_from_slice(&[0, 0x64, 0xff, 0x9b]);
            nat64[12..].copy_from_slice(&[a, b, c, d]);
            let mut six_to_four = [0; 16];
            six_to_four[..6].copy_from_slice(&[0x20, 0x02, a, b, c, d]);
            six_to_four[6..].copy_from_slice(&tail);
            for ip in [mapped, Ipv6Addr::from(nat64), Ipv6Addr::from(six_to_four)] {
                prop_assert_eq!(is_public(IpAddr::V6(ip)), is_public(IpAddr::V4(v4)), "{}", ip);
            }
        }

        #[test]
        fn nothing_but_global_unicast_is_public(segments in any::<[u16; 8]>()) {
            let ip = Ipv6Addr::from(segments);
            if is_public(IpAddr::V6(ip)) && embedded_v4(ip).is_none() {
                prop_assert_eq!(segments[0] >> 13, 1);
            }
        }

        #[test]
        fn nothing_is_allowed_by_default_but_public_addresses(bits in any::<u128>()) {
            let ip = IpAddr::V6(Ipv6Addr::from(bits));
            prop_assert_eq!(AllowedTargets::default().allows("shop.example", ip), is_public(ip));
        }
    }
}
