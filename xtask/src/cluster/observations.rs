//! What clients got: acknowledged activations, and answers by kind.

use std::time::{Duration, Instant};

use super::client::{Answer, Outcome};

/// An acknowledged activation.
#[derive(Clone)]
pub struct Acknowledged {
    pub key: String,
    pub domain: String,
    pub at: Instant,
}

/// A request, with what its answer must be.
pub enum Request {
    /// An activation of a new domain.
    Activate,
    /// A verification of an acknowledged activation, long enough ago that every node has it.
    Verify,
}

/// The answers of one run.
#[derive(Default)]
pub struct Observations {
    pub acknowledged: Vec<Acknowledged>,
    /// Activations that a limit refused.
    pub at_limit: u64,
    pub activations_unavailable: u64,
    pub verified: u64,
    pub verifications_unavailable: u64,
    /// Requests to nodes that were killed or cut off.
    pub unreachable: u64,
    /// Requests without an answer within the time limit.
    pub timed_out: u64,
    /// Answers that no client should get.
    pub unexpected: Vec<String>,
    /// The longest time without an acknowledged activation.
    pub longest_gap: Duration,
    /// The longest time until a 503.
    pub longest_refusal: Duration,
    last_acknowledged: Option<Instant>,
}

impl Observations {
    /// Begins the time without an acknowledged activation.
    pub fn begin(&mut self) {
        self.last_acknowledged = Some(Instant::now());
    }

    /// Ends the time without an acknowledged activation: the load has stopped.
    pub fn end(&mut self) {
        self.extend_gap(Instant::now());
    }

    fn extend_gap(&mut self, now: Instant) {
        if let Some(last) = self.last_acknowledged {
            self.longest_gap = self.longest_gap.max(now - last);
        }
    }

    /// Adds the outcome of a request that was sent at `sent_at`.
    pub fn add(&mut self, request: &Request, key: &str, domain: &str, outcome: Outcome, sent_at: Instant) {
        let answer = match outcome {
            Outcome::Answer(answer) => answer,
            Outcome::Unreachable => return self.unreachable += 1,
            Outcome::TimedOut => return self.timed_out += 1,
        };
        let now = Instant::now();
        match (request, kind_of(&answer)) {
            (Request::Activate, Kind::Success) => {
                self.extend_gap(now);
                self.last_acknowledged = Some(now);
                let (key, domain) = (key.to_owned(), domain.to_owned());
                self.acknowledged.push(Acknowledged { key, domain, at: now });
            }
            (Request::Activate, Kind::AtLimit) => self.at_limit += 1,
            (Request::Verify, Kind::Valid) => self.verified += 1,
            (_, Kind::Unavailable) => {
                match request {
                    Request::Activate => self.activations_unavailable += 1,
                    Request::Verify => self.verifications_unavailable += 1,
                }
                self.longest_refusal = self.longest_refusal.max(now - sent_at);
            }
            _ => {
                let Answer { status, has_retry_after, body } = answer;
                let retry = if has_retry_after { "with" } else { "without" };
                self.unexpected.push(format!("{key} {domain}: {status} {retry} Retry-After: {body}"));
            }
        }
    }
}

#[derive(PartialEq, Eq)]
enum Kind {
    Success,
    Valid,
    AtLimit,
    Unavailable,
    Other,
}

fn kind_of(answer: &Answer) -> Kind {
    let has = |text: &str| answer.body.contains(text);
    match answer.status {
        200 if has(r#""valid":true"#) => Kind::Valid,
        200 if has(r#""success":true"#) => Kind::Success,
        422 if has("domain_limit_reached") => Kind::AtLimit,
        503 if answer.has_retry_after && has("server_error") => Kind::Unavailable,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, has_retry_after: bool, body: &str) -> Outcome {
        Outcome::Answer(Answer { status, has_retry_after, body: body.to_owned() })
    }

    #[test]
    fn a_503_counts_as_refused_only_with_retry_after() {
        let (mut observations, now) = (Observations::default(), Instant::now());
        let mut add = |request, outcome| observations.add(&request, "K", "a.com", outcome, now);
        add(Request::Verify, answer(503, true, r#"{"error":"server_error"}"#));
        add(Request::Verify, answer(503, false, r#"{"error":"server_error"}"#));
        add(Request::Verify, answer(200, false, r#"{"valid":false,"error":"invalid_domain"}"#));
        add(Request::Verify, answer(200, false, r#"{"valid":true}"#));
        add(Request::Activate, answer(200, false, r#"{"success":true}"#));
        add(Request::Activate, answer(422, false, r#"{"error":"domain_limit_reached"}"#));
        add(Request::Activate, answer(500, false, "{}"));
        add(Request::Activate, Outcome::Unreachable);
        assert_eq!((observations.verified, observations.verifications_unavailable), (1, 1));
        assert_eq!((observations.at_limit, observations.unreachable), (1, 1));
        assert_eq!((observations.acknowledged.len(), observations.unexpected.len()), (1, 3));
    }
}
