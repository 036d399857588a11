//! The client's address. `X-Forwarded-For` is trusted only if a configured proxy sent it.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The client's address; IPv4-mapped IPv6 addresses are unwrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

/// Extractor of the client's address; `None` in tests that call the router directly.
#[derive(Debug, Clone, Copy)]
pub struct MaybeClientIp(pub Option<IpAddr>);

impl MaybeClientIp {
    /// Returns the address as text, for the audit log.
    #[must_use]
    pub fn to_text(self) -> Option<String> {
        self.0.map(|ip| ip.to_string())
    }
}

/// What became of the header `X-Forwarded-For` of a probe. Extractor; `Absent` for other requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forwarded {
    /// There was no such header.
    Absent,
    /// There was one, and the client's address is not from it.
    NotUsed,
    /// The client's address is from it.
    Used,
}

impl<S: Sync> FromRequestParts<S> for Forwarded {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self::Absent))
    }
}

impl<S: Sync> FromRequestParts<S> for MaybeClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<ClientIp>().map(|ClientIp(ip)| *ip)))
    }
}

/// Returns the last address of the `X-Forwarded-For` chain that is not a trusted proxy.
pub fn resolve(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let trusted = |ip: &IpAddr| proxies.iter().any(|net| net.contains(ip));
    if !trusted(&peer) {
        return peer;
    }
    let mut client = peer;
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    for line in lines {
        for entry in line.to_str().unwrap_or_default().rsplit(',') {
            let Some(ip) = parse_address(entry.trim()) else {
                return client;
            };
            client = ip;
            if !trusted(&ip) {
                return client;
            }
        }
    }
    client
}

/// Returns what became of the header: [`resolve`] uses it if its last address is readable and a trusted proxy sent it.
pub fn forwarded(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> Forwarded {
    let Some(line) = headers.get_all("x-forwarded-for").iter().next_back() else {
        return Forwarded::Absent;
    };
    let last = line.to_str().unwrap_or_default().rsplit(',').next().unwrap_or_default();
    let is_used = proxies.iter().any(|net| net.contains(&peer)) && parse_address(last.trim()).is_some();
    if is_used { Forwarded::Used } else { Forwarded::NotUsed }
}

/// Parses an address with or without a port or brackets.
fn parse_address(text: &str) -> Option<IpAddr> {
    let parsed = text
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|a| a.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    parsed.map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &[&str]) -> String {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().expect("a network")];
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().expect("a value"));
        }
        resolve(peer.parse().expect("an address"), &headers, &proxies).to_string()
    }

    #[test]
    fn forwarded_header_of_an_unknown_peer_is_ignored() {
        assert_eq!(from("203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
    }

    #[test]
    fn forwarded_header_is_trusted_up_to_the_last_proxy() {
        assert_eq!(from("10.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(from("10.0.0.1", &["6.6.6.6, 1.2.3.4"]), "1.2.3.4", "the client wrote the first");
        assert_eq!(from("10.0.0.1", &["6.6.6.6, 1.2.3.4, 10.0.0.2"]), "1.2.3.4", "through two proxies");
        assert_eq!(from("10.0.0.1", &["6.6.6.6", "1.2.3.4"]), "1.2.3.4", "two lines");
        assert_eq!(from("10.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(from("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(from("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn header_is_used_only_from_a_trusted_peer() {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().expect("a network")];
        let fate = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().expect("a value"));
            }
            forwarded(peer.parse().expect("an address"), &headers, &proxies)
        };
        assert_eq!(fate("10.0.0.1", &[]), Forwarded::Absent);
        assert_eq!(fate("10.0.0.1", &["1.2.3.4"]), Forwarded::Used);
        assert_eq!(fate("10.0.0.1", &["10.0.0.1"]), Forwarded::Used, "the proxy itself asked");
        assert_eq!(fate("192.0.2.1", &["192.0.2.1"]), Forwarded::NotUsed);
        assert_eq!(fate("10.0.0.1", &["1.2.3.4", "nonsense"]), Forwarded::NotUsed);
    }
}
