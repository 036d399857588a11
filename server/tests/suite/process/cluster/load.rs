//! Clients that activate domains on several nodes and record the responses.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::super::{send_and_read_headers, wait_until};

/// Responses that the clients received.
#[derive(Default)]
pub struct Observations {
    stop: AtomicBool,
    /// Domains whose activation was acknowledged.
    pub acknowledged: Mutex<BTreeSet<String>>,
    /// Number of requests rejected with 503 and `Retry-After`.
    pub refused: AtomicUsize,
    /// Responses that no client should receive.
    pub unexpected: Mutex<Vec<String>>,
    /// The longest time from a request to its rejection with 503.
    pub longest_refusal: Mutex<Duration>,
}

impl Observations {
    pub fn count(&self) -> usize {
        self.acknowledged.lock().expect("the list").len()
    }

    /// Waits until `n` more activations are acknowledged. Returns whether that happened within `timeout`.
    pub fn wait_for_acknowledged(&self, n: usize, timeout: Duration) -> bool {
        let before = self.count();
        wait_until(timeout, || self.count() >= before + n)
    }

    pub fn wait_for_refusal(&self, timeout: Duration) -> bool {
        let before = self.refused.load(Ordering::SeqCst);
        wait_until(timeout, || self.refused.load(Ordering::SeqCst) > before)
    }
}

/// Clients that activate one domain after another on the same license, alternating between the nodes.
pub struct Load {
    pub observations: Arc<Observations>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub fn on(addresses: &[SocketAddr], key: &str, clients: usize) -> Self {
        let observations = Arc::new(Observations::default());
        let clients = (0..clients)
            .map(|client| {
                let (observations, key, addresses) =
                    (Arc::clone(&observations), key.to_owned(), addresses.to_vec());
                thread::spawn(move || {
                    let mut n = 0;
                    while !observations.stop.load(Ordering::SeqCst) {
                        n += 1;
                        activate(
                            &observations,
                            addresses[n % addresses.len()],
                            &key,
                            &format!("d{n}.c{client}.example"),
                        );
                        thread::sleep(Duration::from_millis(15));
                    }
                })
            })
            .collect();
        Self { observations, clients }
    }

    /// Stops the clients and returns the domains whose activation was acknowledged.
    pub fn end(self) -> BTreeSet<String> {
        self.observations.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.join().expect("a client");
        }
        let unexpected = self.observations.unexpected.lock().expect("the list");
        assert!(unexpected.is_empty(), "{unexpected:?}");
        self.observations.acknowledged.lock().expect("the list").clone()
    }
}

fn activate(observations: &Observations, address: SocketAddr, key: &str, domain: &str) {
    let body = serde_json::json!({ "license_key": key, "domain": domain }).to_string();
    let began = std::time::Instant::now();
    match send_and_read_headers(address, "POST", "/activate", &body) {
        Some((200, ..)) => {
            observations.acknowledged.lock().expect("the list").insert(domain.to_owned());
        }
        Some((422, _, text)) if text.contains("domain_limit_reached") => {}
        Some((503, head, text)) if text.contains("server_error") && head.contains("retry-after:") => {
            observations.refused.fetch_add(1, Ordering::SeqCst);
            let mut longest_refusal = observations.longest_refusal.lock().expect("the time");
            *longest_refusal = began.elapsed().max(*longest_refusal);
        }
        // The node is down, or stopped during the request.
        None => {}
        Some(other) => observations.unexpected.lock().expect("the list").push(format!("{other:?}")),
    }
}
