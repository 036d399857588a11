//! Development hosts, which take no slot of the domain limit.
//!
//! Enabled per product and off by default, because the documented limit counts every
//! domain (domain API, "Development hosts").

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{DomainName, FieldError};

/// Maximum number of patterns per product.
const MAX_PATTERNS: usize = 50;

/// Staging and preview hosts of common hosters, which a seller can add at once.
pub const HOSTER_PATTERNS: [&str; 16] = [
    "*.kinsta.cloud",
    "*.wpengine.com",
    "*.wpenginepowered.com",
    "*.pantheonsite.io",
    "*.flywheelsites.com",
    "*.cloudwaysapps.com",
    "*.myftpupload.com",
    "*.sg-host.com",
    "*.instawp.xyz",
    "*.tastewp.com",
    "*.ddev.site",
    "*.lndo.site",
    "*.ngrok-free.app",
    "*.vercel.app",
    "*.netlify.app",
    "*.pages.dev",
];

/// The hosts that take no slot of the domain limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DevelopmentHosts {
    enabled: bool,
    patterns: Vec<String>,
}

impl DevelopmentHosts {
    /// Parses the seller's patterns, separated by line breaks, spaces or commas. `*` matches one
    /// or more characters anywhere: `dev.*`, `*.vercel.app`, `staging-*.kinsta.cloud`, `192.168.*`.
    /// A pattern may be a URL or an international name; its host is stored in ASCII.
    ///
    /// # Errors
    /// Returns [`FieldError`] if a pattern has another form or there are more than 50.
    pub fn parse(enabled: bool, patterns: &str) -> Result<Self, FieldError> {
        let typed: Vec<&str> =
            patterns.split([',', '\n', '\r', ' ']).map(str::trim).filter(|p| !p.is_empty()).collect();
        if typed.len() > MAX_PATTERNS {
            return Err(FieldError::new("development_hosts", "At most 50 patterns can be listed."));
        }
        let mut patterns = Vec::with_capacity(typed.len());
        for text in typed {
            let Some(pattern) = parse_pattern(text) else {
                let message = format!(
                    "“{}” is not a pattern: write a host such as staging.example.com, dev.* or *.vercel.app.",
                    text.chars().take(60).collect::<String>()
                );
                return Err(FieldError::new("development_hosts", message));
            };
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
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

/// Longest pattern, in bytes.
const MAX_PATTERN_LEN: usize = 253;
/// Stands for `*` while a pattern is parsed as a host. No host of a pattern contains it by chance.
const WILDCARD_MARK: &str = "7wildcard7";

/// Returns the pattern in the form of stored hosts. `None` if it is no host with wildcards, or if it
/// would match every host.
fn parse_pattern(text: &str) -> Option<String> {
    if text.len() > MAX_PATTERN_LEN {
        return None;
    }
    if !text.contains('*') {
        return DomainName::parse(text).ok().map(|host| host.to_string());
    }
    let collapsed = collapse_wildcards(text);
    // The wildcard of an address stands for its remaining numbers.
    if let Some(start) = collapsed.strip_suffix(".*").filter(|start| is_address_start(start)) {
        return Some(format!("{start}.*"));
    }
    let host = DomainName::parse(&collapsed.replace('*', WILDCARD_MARK)).ok()?;
    let pattern = host.as_str().replace(WILDCARD_MARK, "*");
    // A punycode label that contained a wildcard is not a pattern of its letters.
    let has_letters = pattern.split('*').any(|literal| literal.bytes().any(|b| b.is_ascii_alphanumeric()));
    (has_letters && pattern.matches('*').count() == collapsed.matches('*').count()).then_some(pattern)
}

fn collapse_wildcards(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '*' || !collapsed.ends_with('*') {
            collapsed.push(c);
        }
    }
    collapsed
}

/// Returns whether the text is one to three numbers of an IPv4 address.
fn is_address_start(text: &str) -> bool {
    let numbers: Vec<&str> = text.split('.').collect();
    numbers.len() <= 3 && numbers.iter().all(|n| !n.is_empty() && n.parse::<u8>().is_ok())
}

/// Returns whether the pattern matches the whole host. Each `*` matches one or more characters.
fn matches(pattern: &str, host: &str) -> bool {
    let mut literals = pattern.split('*');
    let first = literals.next().unwrap_or_default();
    let Some(mut rest) = host.strip_prefix(first) else { return false };
    let mut literals: Vec<&str> = literals.collect();
    let Some(last) = literals.pop() else { return rest.is_empty() };
    for literal in literals {
        // The earliest match leaves the most for the later ones.
        let Some(found) = rest.get(1..).and_then(|rest| rest.find(literal)) else { return false };
        rest = &rest[1 + found + literal.len()..];
    }
    rest.len() > last.len() && rest.ends_with(last)
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
    fn wildcards_match_anywhere() {
        let on = DevelopmentHosts::parse(
            true,
            "staging-*.kinsta.cloud *.staging.* 192.168.* https://Staging.example.com/wp-admin *.bücher.example *-dev.*.app",
        )
        .expect("patterns");
        for free in [
            "staging-shop.kinsta.cloud",
            "shop.staging.example.com",
            "192.168.7.9",
            "staging.example.com",
            "shop.xn--bcher-kva.example",
            "a-dev.b.app",
        ] {
            assert!(on.covers(&host(free)), "{free}");
        }
        for counted in [
            "staging-.kinsta.cloud",
            "staging.example.org",
            "193.168.7.9",
            "xn--bcher-kva.com",
            "kinsta.cloud",
            "-dev.b.app.com",
        ] {
            assert!(!on.covers(&host(counted)), "{counted}");
        }
        assert_eq!(DevelopmentHosts::from_storage(true, &on.patterns()), on);
    }

    #[test]
    fn patterns_of_hosters_are_patterns() {
        let hosts = DevelopmentHosts::parse(true, &HOSTER_PATTERNS.join(" ")).expect("patterns");
        assert_eq!(hosts.patterns(), HOSTER_PATTERNS.join("\n"));
    }

    #[test]
    fn invalid_patterns_are_refused() {
        for bad in ["*", "*.*", "**", "*.", ".*", "exa<mple.com", "a..*", &"a,".repeat(51)] {
            assert!(DevelopmentHosts::parse(true, bad).is_err(), "{bad}");
        }
    }
}
