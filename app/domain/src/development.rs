//! Development hosts, which take no slot of the domain limit.
//!
//! Enabled per product and off by default, because the documented limit counts every
//! domain (domain API, "Development hosts").

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{DomainName, FieldError};

/// Maximum number of patterns per product.
const MAX_PATTERNS: usize = 50;

/// The hosts that take no slot of the domain limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DevelopmentHosts {
    enabled: bool,
    patterns: Vec<String>,
}

impl DevelopmentHosts {
    /// Parses the seller's patterns, separated by line breaks, spaces or commas. `*` matches one
    /// or more characters, and only as the first or last label: `dev.*`, `*.vercel.app`.
    ///
    /// # Errors
    /// Returns [`FieldError`] if a pattern has another form or there are more than 50.
    pub fn parse(enabled: bool, patterns: &str) -> Result<Self, FieldError> {
        let patterns: Vec<String> = patterns
            .split([',', '\n', '\r', ' '])
            .map(|p| p.trim().to_ascii_lowercase())
            .filter(|p| !p.is_empty())
            .collect();
        if patterns.len() > MAX_PATTERNS {
            return Err(FieldError::new("development_hosts", "At most 50 patterns can be listed."));
        }
        if let Some(bad) = patterns.iter().find(|p| !is_pattern(p)) {
            let message = format!(
                "“{}” is not a pattern: write a host such as staging.example.com, dev.* or *.vercel.app.",
                bad.chars().take(60).collect::<String>()
            );
            return Err(FieldError::new("development_hosts", message));
        }
        Ok(Self { enabled, patterns })
    }

    /// Creates the hosts from stored patterns without checks, because only parsed patterns
    /// are stored.
    #[must_use]
    pub fn from_storage(enabled: bool, patterns: &str) -> Self {
        let patterns = patterns.lines().map(ToOwned::to_owned).collect();
        Self { enabled, patterns }
    }

    /// Returns whether development hosts take no slot.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Returns the seller's patterns, one per line.
    #[must_use]
    pub fn patterns(&self) -> String {
        self.patterns.join("\n")
    }

    /// Returns whether `host` is a development host, which takes no slot.
    #[must_use]
    pub fn covers(&self, host: &DomainName) -> bool {
        self.enabled
            && (is_reserved(host.as_str()) || self.patterns.iter().any(|p| matches(p, host.as_str())))
    }
}

fn is_pattern(pattern: &str) -> bool {
    let literal = match (pattern.strip_prefix("*."), pattern.strip_suffix(".*")) {
        (Some(rest), None) | (None, Some(rest)) => rest,
        (None, None) => pattern,
        (Some(_), Some(_)) => return false,
    };
    !literal.contains('*') && DomainName::parse(literal).is_ok_and(|d| d.as_str() == literal)
}

fn matches(pattern: &str, host: &str) -> bool {
    if let Some(suffix) = pattern.strip_prefix('*') {
        host.len() > suffix.len() && host.ends_with(suffix)
    } else if let Some(prefix) = pattern.strip_suffix('*') {
        host.len() > prefix.len() && host.starts_with(prefix)
    } else {
        host == pattern
    }
}

/// Returns whether the host is reserved for tests (RFC 6761, RFC 6762) or is an address that
/// is not reachable from the internet.
fn is_reserved(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = address.parse::<IpAddr>() {
        return match ip {
            IpAddr::V4(ip) => is_local_v4(ip),
            IpAddr::V6(ip) => is_local_v6(ip),
        };
    }
    host == "localhost"
        || ["localhost", "test", "local", "example", "invalid"]
            .iter()
            .any(|tld| host.strip_suffix(tld).is_some_and(|rest| rest.ends_with('.')))
}

fn is_local_v4(ip: Ipv4Addr) -> bool {
    ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
}

fn is_local_v6(ip: Ipv6Addr) -> bool {
    ip.to_ipv4_mapped().map_or_else(
        || ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local(),
        is_local_v4,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> DomainName {
        DomainName::parse(text).expect("a host")
    }

    #[test]
    fn reserved_names_and_addresses_take_no_slot() {
        let on = DevelopmentHosts::parse(true, "").expect("no patterns");
        for free in [
            "localhost",
            "app.localhost",
            "shop.test",
            "printer.local",
            "www.example",
            "x.invalid",
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "169.254.1.1",
            "[::1]",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
        ] {
            assert!(on.covers(&host(free)), "{free}");
        }
        for counted in
            ["example.com", "myapp.example.com", "test", "latest", "8.8.8.8", "[2001:db8::1]", "mytest"]
        {
            assert!(!on.covers(&host(counted)), "{counted}");
        }
    }

    #[test]
    fn development_hosts_are_off_by_default() {
        assert!(!DevelopmentHosts::default().covers(&host("localhost")));
    }

    #[test]
    fn sellers_patterns_match_hosts() {
        let on = DevelopmentHosts::parse(true, "dev.*, *.vercel.app\nqa.acme.com").expect("patterns");
        for free in ["dev.acme.com", "x.vercel.app", "qa.acme.com"] {
            assert!(on.covers(&host(free)), "{free}");
        }
        for counted in ["vercel.app", "mydev.acme.com", "qa.acme.com.evil.com", "acme.com"] {
            assert!(!on.covers(&host(counted)), "{counted}");
        }
        assert_eq!(DevelopmentHosts::from_storage(true, &on.patterns()), on);
    }

    #[test]
    fn invalid_patterns_are_refused() {
        for bad in ["*", "*.*", "a*b.com", "*.", ".*", "exa<mple.com", "*.*.com", &"a,".repeat(51)] {
            assert!(DevelopmentHosts::parse(true, bad).is_err(), "{bad}");
        }
    }
}
