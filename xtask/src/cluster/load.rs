//! Clients outside of the hosts: some activate new domains, some verify acknowledged ones.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::client;
use super::host::{Host, NODES};
use super::node;
use super::observations::{Observations, Request};
use crate::cmd::Result;

/// Clients of each node. Each client uses one node, so that a frozen node stops its own clients alone.
const ACTIVATING_CLIENTS: usize = 3;
const VERIFYING_CLIENTS: usize = 2;
/// Pause between two requests of a client: the machine is shared with three databases.
const PAUSE: Duration = Duration::from_millis(15);
/// Pause after a request without an answer.
const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// Longest wait for an answer. Longer than a batch, which ends after 8 s.
const MAX_ANSWER: Duration = Duration::from_secs(30);
/// Age from which on every node must have an activation: the 250 ms of a valid heartbeat, and the time of a
/// request.
const MIN_AGE: Duration = Duration::from_millis(400);

/// Running clients.
pub struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

struct Shared {
    stop: AtomicBool,
    keys: Vec<String>,
    /// Part of the domains of this run.
    run: String,
    observations: Mutex<Observations>,
}

impl Load {
    /// Starts clients that activate domains of `run` on the licenses.
    pub fn start(keys: Vec<String>, run: &str) -> Self {
        let mut observations = Observations::default();
        observations.begin();
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            keys,
            run: run.to_owned(),
            observations: Mutex::new(observations),
        });
        let mut clients = Vec::new();
        for host in NODES {
            for client in 0..ACTIVATING_CLIENTS {
                let shared = Arc::clone(&shared);
                clients.push(thread::spawn(move || shared.activate(host, client)));
            }
            for client in 0..VERIFYING_CLIENTS {
                let shared = Arc::clone(&shared);
                clients.push(thread::spawn(move || shared.verify(host, client)));
            }
        }
        Self { shared, clients }
    }

    /// Stops the clients, and returns what they got.
    ///
    /// # Errors
    /// Returns a message if a client panicked.
    pub fn end(self) -> Result<Observations> {
        self.shared.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.join().map_err(|_| "A client of the load panicked.")?;
        }
        let mut observations = std::mem::take(&mut *self.shared.observations());
        observations.end();
        Ok(observations)
    }
}

impl Shared {
    fn observations(&self) -> MutexGuard<'_, Observations> {
        self.observations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn activate(&self, host: Host, client: usize) {
        let mut turn = client;
        while !self.stop.load(Ordering::Relaxed) {
            turn += 1;
            let key = &self.keys[turn % self.keys.len()];
            let domain = format!("d{turn}.c{client}.{}.{}.example", host.name, self.run);
            let body = format!(r#"{{"license_key":"{key}","domain":"{domain}"}}"#);
            self.observe(&Request::Activate, key, &domain, || {
                client::post(host.address, node::PORT, "/activate", &body, MAX_ANSWER)
            });
        }
    }

    fn verify(&self, host: Host, client: usize) {
        let mut turn = client;
        while !self.stop.load(Ordering::Relaxed) {
            turn += 1;
            let Some((key, domain)) = self.any_acknowledged(turn) else {
                thread::sleep(PAUSE);
                continue;
            };
            let path = format!("/verify?license_key={key}&domain={domain}");
            self.observe(&Request::Verify, &key, &domain, || {
                client::get(host.address, node::PORT, &path, MAX_ANSWER)
            });
        }
    }

    /// Returns an acknowledged activation that every node must have: in turns an older one, and one of the
    /// latest.
    fn any_acknowledged(&self, turn: usize) -> Option<(String, String)> {
        let observations = self.observations();
        let list = &observations.acknowledged;
        let old = list.partition_point(|acknowledged| acknowledged.at.elapsed() >= MIN_AGE);
        // A prime step reaches all of the list.
        let position = if turn.is_multiple_of(2) { turn * 7919 } else { old - old.min(1 + turn % 50) };
        let found = list.get(position.checked_rem(old)?)?;
        Some((found.key.clone(), found.domain.clone()))
    }

    fn observe(&self, request: &Request, key: &str, domain: &str, send: impl FnOnce() -> client::Outcome) {
        let sent_at = Instant::now();
        let outcome = send();
        let is_answer = matches!(outcome, client::Outcome::Answer(_));
        self.observations().add(request, key, domain, outcome, sent_at);
        thread::sleep(if is_answer { PAUSE } else { RETRY_PAUSE });
    }
}
