//! Requests of apps while nodes come and go, and what they were answered.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bench::process::send_request;
use crate::cmd::Result;

/// Threads that send requests, one at a time each.
pub const WORKERS: usize = 4;
/// Pause between the requests of a worker: all send at most 100 in a second.
const PAUSE: Duration = Duration::from_millis(40);
/// Longest time until a request is answered, with all retries.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Wait before a request goes to another node, because one has closed its connection.
const NEXT_NODE: Duration = Duration::from_millis(50);
/// An activation of one node is valid on each other node after this time. 250 ms are promised.
const SETTLED: Duration = Duration::from_secs(2);

/// The product and the license keys of the load.
pub struct Keys {
    pub product: String,
    /// Without limits.
    pub unlimited: String,
    /// With few slots, which all workers want.
    pub limited: String,
    /// Of no worker.
    pub watched: String,
}

/// A domain of the unlimited license whose activation was answered by success.
pub struct Activation {
    pub domain: String,
    at: Instant,
}

/// What the workers have seen.
#[derive(Default)]
pub struct Seen {
    pub acknowledged: Vec<Activation>,
    /// Acknowledged machines.
    pub machines: u64,
    /// Acknowledged slots of the limited license.
    pub taken_slots: u64,
    pub faults: Vec<String>,
    answers: u64,
    /// Answers 503 with `Retry-After`.
    unavailable: u64,
    /// Requests that a node which stopped did not answer.
    unanswered: u64,
    /// Longest time from a request to its answer, with all retries.
    longest: Duration,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} answers, among them 503 with Retry-After: {}. Sent to another node: {}. Longest wait with all retries: \
             {} ms. Acknowledged: {} domains, {} machines, {} slots of the limited license.",
            self.answers,
            self.unavailable,
            self.unanswered,
            self.longest.as_millis(),
            self.acknowledged.len(),
            self.machines,
            self.taken_slots
        )
    }
}

/// The load, with the nodes that it knows.
pub struct Load<'a> {
    keys: &'a Keys,
    nodes: Mutex<Vec<SocketAddr>>,
    next: AtomicUsize,
    is_stopped: AtomicBool,
    seen: Mutex<Seen>,
}

/// Stops the workers when it is dropped.
pub struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<'a> Load<'a> {
    pub fn new(keys: &'a Keys, nodes: Vec<SocketAddr>) -> Self {
        Self {
            keys,
            nodes: Mutex::new(nodes),
            next: AtomicUsize::default(),
            is_stopped: AtomicBool::default(),
            seen: Mutex::default(),
        }
    }

    pub fn stop_when_dropped(&self) -> StopOnDrop<'_> {
        StopOnDrop(&self.is_stopped)
    }

    pub fn add_node(&self, node: SocketAddr) {
        lock(&self.nodes).push(node);
    }

    /// Sends no further request to a node.
    pub fn remove_node(&self, node: SocketAddr) {
        lock(&self.nodes).retain(|other| *other != node);
    }

    pub fn into_seen(self) -> Seen {
        self.seen.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends requests until the load is stopped.
    pub fn run(&self, worker: usize) {
        let mut round = 0_usize;
        while !self.is_stopped.load(Ordering::Relaxed) {
            round += 1;
            let name = format!("w{worker}-{round}");
            self.activate_domain(format!("{name}.example.com"));
            thread::sleep(PAUSE);
            self.verify_activation(round);
            thread::sleep(PAUSE);
            if round.is_multiple_of(4) {
                self.activate_machine(&name);
                thread::sleep(PAUSE);
            }
            // Over the whole upgrade, so that the last slots are wanted on nodes of both versions.
            if round % 20 == worker {
                self.take_slot(&name);
            }
        }
    }

    fn activate_domain(&self, domain: String) {
        let body = json!({ "license_key": self.keys.unlimited, "domain": domain });
        match self.send("POST", "/activate", &body) {
            Some((200, _)) => {
                lock(&self.seen).acknowledged.push(Activation { domain, at: Instant::now() });
            }
            other => self.note_fault(&format!("the activation of {domain}"), other),
        }
    }

    /// Verifies an activation that some node acknowledged, by any node.
    fn verify_activation(&self, round: usize) {
        let domain = {
            let seen = lock(&self.seen);
            let settled = seen.acknowledged.partition_point(|activation| activation.at.elapsed() > SETTLED);
            if settled == 0 {
                return;
            }
            seen.acknowledged[round * 7919 % settled].domain.clone()
        };
        let path = format!("/verify?license_key={}&domain={domain}", self.keys.unlimited);
        match self.send("GET", &path, &Value::Null) {
            Some((200, answer)) if answer["valid"] == true => {}
            other => self.note_fault(&format!("the verification of {domain}"), other),
        }
    }

    fn activate_machine(&self, fingerprint: &str) {
        let body = json!({
            "key": self.keys.unlimited, "productId": self.keys.product, "fingerprint": fingerprint,
            "hostname": "host", "os": "linux", "osVersion": "6", "appVersion": "1", "userHash": "user",
        });
        match self.send("POST", "/v3/activations", &body) {
            Some((200, answer)) if answer["activationToken"].is_string() => lock(&self.seen).machines += 1,
            other => self.note_fault(&format!("the activation of the machine {fingerprint}"), other),
        }
    }

    /// Wants a slot of the limited license.
    fn take_slot(&self, name: &str) {
        let body = json!({ "license_key": self.keys.limited, "domain": format!("{name}.example.org") });
        match self.send("POST", "/activate", &body) {
            Some((200, _)) => lock(&self.seen).taken_slots += 1,
            Some((_, answer)) if answer["error"] == "domain_limit_reached" => {}
            other => self.note_fault("an activation at the limit", other),
        }
    }

    fn note_fault(&self, request: &str, answer: Option<(u16, Value)>) {
        // A request without an answer is noted already.
        if let Some((status, answer)) = answer {
            lock(&self.seen).faults.push(format!("{request} got {status} {answer}"));
        }
    }

    /// Sends a request until a node answers it otherwise than by 503. `None` if that is an error of the server, which is
    /// noted.
    fn send(&self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        let began = Instant::now();
        let fault = loop {
            if began.elapsed() > REQUEST_TIMEOUT {
                break format!("{method} {path} got no answer but 503 for {} s", REQUEST_TIMEOUT.as_secs());
            }
            let Some(node) = self.next_node() else {
                thread::sleep(NEXT_NODE);
                continue;
            };
            let Some(answer) = Answer::of(node, method, path, body) else {
                lock(&self.seen).unanswered += 1;
                thread::sleep(NEXT_NODE);
                continue;
            };
            let mut seen = lock(&self.seen);
            seen.answers += 1;
            match (answer.status, answer.retry_after) {
                (503, Some(seconds)) => {
                    seen.unavailable += 1;
                    drop(seen);
                    thread::sleep(Duration::from_secs(seconds));
                }
                (500.., _) => break format!("{method} {path} got {} {}", answer.status, answer.body),
                (status, _) => {
                    seen.longest = seen.longest.max(began.elapsed());
                    return Some((status, answer.body));
                }
            }
        };
        lock(&self.seen).faults.push(fault);
        None
    }

    fn next_node(&self) -> Option<SocketAddr> {
        let nodes = lock(&self.nodes);
        let turn = self.next.fetch_add(1, Ordering::Relaxed).checked_rem(nodes.len())?;
        nodes.get(turn).copied()
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Activates a domain by one node.
///
/// # Errors
/// Returns a message if the node answers otherwise.
pub fn activate_once(node: SocketAddr, key: &str, domain: &str) -> Result {
    let body = json!({ "license_key": key, "domain": domain });
    match Answer::of(node, "POST", "/activate", &body) {
        Some(Answer { status: 200, .. }) => Ok(()),
        _ => Err(format!("The node {node} did not activate {domain}.")),
    }
}

/// Returns whether a node finds a license valid on a domain.
///
/// # Errors
/// Returns a message if the node does not answer.
pub fn is_valid(node: SocketAddr, key: &str, domain: &str) -> Result<bool> {
    let path = format!("/verify?license_key={key}&domain={domain}");
    let answer = Answer::of(node, "GET", &path, &Value::Null);
    let answer = answer.ok_or_else(|| format!("The node {node} did not answer."))?;
    answer.body["valid"].as_bool().ok_or_else(|| format!("The node {node} answered {}.", answer.body))
}

/// The answer of a node.
struct Answer {
    status: u16,
    retry_after: Option<u64>,
    body: Value,
}

impl Answer {
    /// Sends a request on a new connection; `None` if the node does not answer.
    fn of(node: SocketAddr, method: &str, path: &str, body: &Value) -> Option<Self> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {node}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
        let (head, body) = send_request(node, &request).ok()?;
        let status = head.get(9..12)?.parse().ok()?;
        let retry_after = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("retry-after").then(|| value.trim().parse().ok())?
        });
        Some(Self { status, retry_after, body: serde_json::from_str(&body).unwrap_or(Value::String(body)) })
    }
}
