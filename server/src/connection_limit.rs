//! Limits of open connections, in total and per client address. A connection holds memory before its
//! first request is complete.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use domain::rate_limit::rate_limit_key;
use ipnet::IpNet;

/// Maximum number of open connections.
const MAX_CONNECTIONS: usize = 16_384;
/// Maximum number of open connections per IPv4 address or IPv6 network. Trusted proxies are exempt.
const MAX_PER_CLIENT: usize = 4_096;

/// Counts the open connections of a listener.
pub struct ConnectionLimit {
    proxies: Arc<[IpNet]>,
    open: Mutex<OpenConnections>,
}

#[derive(Default)]
struct OpenConnections {
    total: usize,
    by_client: HashMap<IpAddr, usize>,
}

/// The reason why a connection is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The server has its maximum number of connections.
    Total,
    /// The client has its maximum number of connections.
    Client,
}

/// A counted connection, released when it is dropped.
pub struct ConnectionPermit {
    limit: Arc<ConnectionLimit>,
    client: Option<IpAddr>,
}

impl ConnectionLimit {
    /// Creates a limit. The number of connections of each proxy in `proxies` is not limited.
    pub fn new(proxies: &[IpNet]) -> Arc<Self> {
        Arc::new(Self { proxies: proxies.into(), open: Mutex::default() })
    }

    /// Counts a connection of `peer`, or refuses it.
    pub fn acquire(self: &Arc<Self>, peer: IpAddr) -> Result<ConnectionPermit, Refused> {
        let peer = peer.to_canonical();
        let is_proxy = self.proxies.iter().any(|proxy| proxy.contains(&peer));
        let client = (!is_proxy).then(|| rate_limit_key(peer));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.total >= MAX_CONNECTIONS {
            return Err(Refused::Total);
        }
        if let Some(client) = client {
            let count = open.by_client.entry(client).or_default();
            if *count >= MAX_PER_CLIENT {
                return Err(Refused::Client);
            }
            *count += 1;
        }
        open.total += 1;
        Ok(ConnectionPermit { limit: Arc::clone(self), client })
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut open = self.limit.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        let Some(client) = self.client else { return };
        if let Some(count) = open.by_client.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                open.by_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn connections_are_limited_per_client_except_of_proxies() {
        let limit = ConnectionLimit::new(&["10.0.0.0/8".parse().expect("a network")]);
        let mut held: Vec<_> =
            (0..MAX_PER_CLIENT).map(|_| limit.acquire(ip("192.0.2.1")).expect("a permit")).collect();
        assert_eq!(limit.acquire(ip("::ffff:192.0.2.1")).err(), Some(Refused::Client));
        assert!(limit.acquire(ip("192.0.2.2")).is_ok());
        held.pop();
        assert!(limit.acquire(ip("192.0.2.1")).is_ok());
        let proxied: Vec<_> =
            (0..=MAX_PER_CLIENT).map(|_| limit.acquire(ip("10.1.1.1")).expect("a permit")).collect();
        drop((held, proxied));
        assert_eq!(limit.open.lock().expect("the counts").total, 0);
        assert!(limit.open.lock().expect("the counts").by_client.is_empty());
    }

    #[test]
    fn connections_are_limited_in_total() {
        let limit = ConnectionLimit::new(&["10.0.0.0/8".parse().expect("a network")]);
        let _held: Vec<_> =
            (0..MAX_CONNECTIONS).map(|_| limit.acquire(ip("10.1.1.1")).expect("a permit")).collect();
        assert_eq!(limit.acquire(ip("192.0.2.1")).err(), Some(Refused::Total));
    }
}
