//! Clients that activate and verify on nodes in turn, and write down what they
//! were told.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::super::{ask_all, within};

/// What the clients were told.
#[derive(Default)]
pub struct Told {
    stop: AtomicBool,
    /// Domains whose activation was acknowledged.
    pub acknowledged: Mutex<BTreeSet<String>>,
    /// Requests that were told to come back later.
    pub refused: AtomicUsize,
    /// What nobody should be told.
    pub strange: Mutex<Vec<String>>,
    /// The longest that anyone waited for a refusal.
    pub waited: Mutex<Duration>,
}

impl Told {
    pub fn count(&self) -> usize {
        self.acknowledged.lock().expect("the list").len()
    }

    /// Waits for so many more acknowledgements.
    pub fn more(&self, n: usize, patience: Duration) -> bool {
        let before = self.count();
        within(patience, || self.count() >= before + n)
    }

    pub fn is_refused(&self, patience: Duration) -> bool {
        let before = self.refused.load(Ordering::SeqCst);
        within(patience, || self.refused.load(Ordering::SeqCst) > before)
    }
}

/// Clients that ask for one domain after the other on the same license, each node
/// in its turn.
pub struct Load {
    pub told: Arc<Told>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub fn on(addresses: &[SocketAddr], key: &str, clients: usize) -> Self {
        let told = Arc::new(Told::default());
        let clients = (0..clients)
            .map(|client| {
                let (told, key, addresses) = (Arc::clone(&told), key.to_owned(), addresses.to_vec());
                thread::spawn(move || {
                    let mut n = 0;
                    while !told.stop.load(Ordering::SeqCst) {
                        n += 1;
                        activate(
                            &told,
                            addresses[n % addresses.len()],
                            &key,
                            &format!("d{n}.c{client}.example"),
                        );
                        thread::sleep(Duration::from_millis(15));
                    }
                })
            })
            .collect();
        Self { told, clients }
    }

    /// Ends it; the domains whose activation was acknowledged.
    pub fn end(self) -> BTreeSet<String> {
        self.told.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.join().expect("a client");
        }
        let strange = self.told.strange.lock().expect("the list");
        assert!(strange.is_empty(), "{strange:?}");
        self.told.acknowledged.lock().expect("the list").clone()
    }
}

fn activate(told: &Told, address: SocketAddr, key: &str, domain: &str) {
    let body = serde_json::json!({ "license_key": key, "domain": domain }).to_string();
    let began = std::time::Instant::now();
    match ask_all(address, "POST", "/activate", &body) {
        Some((200, ..)) => {
            told.acknowledged.lock().expect("the list").insert(domain.to_owned());
        }
        Some((422, _, text)) if text.contains("domain_limit_reached") => {}
        Some((503, head, text)) if text.contains("server_error") && head.contains("retry-after:") => {
            told.refused.fetch_add(1, Ordering::SeqCst);
            let mut waited = told.waited.lock().expect("the time");
            *waited = began.elapsed().max(*waited);
        }
        // The node is dead, or died over it.
        None => {}
        Some(other) => told.strange.lock().expect("the list").push(format!("{other:?}")),
    }
}
