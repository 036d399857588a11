//! Whether the proxy passes the addresses of clients, judged by what arrived at the server.

use ipnet::IpNet;

use super::code::Code;
use super::report::Finding;
use crate::instance_probe::ProbeAnswer;
use crate::middleware::client_ip::Forwarded;

/// Judges the addresses of a request that came through the public address.
pub fn check(answer: &ProbeAnswer, trusted: &[IpNet]) -> Option<Finding> {
    let client = answer.client?;
    let is_trusted = trusted.iter().any(|network| network.contains(&client));
    let finding = match answer.forwarded {
        Forwarded::Used => Finding::fact(
            Code::ProxyAddressesUsed,
            format!("The proxy passes the addresses of clients; this request came from {client}."),
        ),
        Forwarded::NotUsed if !is_trusted => Finding::fault(
            Code::ProxyNotTrusted,
            format!("The proxy at {client} is not trusted: all its clients share one rate limit."),
            format!("If the proxy is yours, add {client} to COUNTERSIGN_TRUSTED_PROXIES and restart."),
        ),
        Forwarded::NotUsed => no_address(client),
        Forwarded::Absent if is_trusted => no_address(client),
        Forwarded::Absent if trusted.is_empty() => {
            Finding::fact(Code::ProxyAbsent, format!("Requests arrive without a proxy, from {client}."))
        }
        Forwarded::Absent => Finding::fault(
            Code::ProxyBypassed,
            format!("This request came from {client}, which is none of the trusted proxies."),
            "Nothing, if this machine reaches the server without the proxy. Otherwise add the address to \
             COUNTERSIGN_TRUSTED_PROXIES and let the proxy send X-Forwarded-For.",
        ),
    };
    Some(finding)
}

fn no_address(client: std::net::IpAddr) -> Finding {
    Finding::fault(
        Code::ProxySendsNoAddress,
        format!(
            "The trusted proxy at {client} sends no address of its client: all clients share one rate limit."
        ),
        "Let the proxy append the client's address to X-Forwarded-For. See \"Proxy and TLS\" in docs/operations.md.",
    )
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn code(client: &str, forwarded: Forwarded, trusted: &[&str]) -> Code {
        let client: IpAddr = client.parse().expect("an address");
        let answer = ProbeAnswer { version: String::new(), client: Some(client), forwarded };
        let trusted: Vec<IpNet> = trusted.iter().map(|text| text.parse().expect("a network")).collect();
        check(&answer, &trusted).expect("a finding").code()
    }

    #[test]
    fn addresses_tell_how_the_proxy_is_set_up() {
        let proxy: &[&str] = &["10.0.0.0/8"];
        assert_eq!(code("192.0.2.1", Forwarded::Used, proxy), Code::ProxyAddressesUsed);
        assert_eq!(code("10.0.0.1", Forwarded::NotUsed, &[]), Code::ProxyNotTrusted);
        assert_eq!(code("10.0.0.1", Forwarded::NotUsed, proxy), Code::ProxySendsNoAddress, "nonsense");
        assert_eq!(code("10.0.0.1", Forwarded::Absent, proxy), Code::ProxySendsNoAddress);
        assert_eq!(code("192.0.2.1", Forwarded::Absent, &[]), Code::ProxyAbsent);
        assert_eq!(code("192.0.2.1", Forwarded::Absent, proxy), Code::ProxyBypassed);
    }
}
