//! How `countersign doctor` finds out whether an address leads to its instance, and which client address arrives there.
//!
//! The doctor sends a challenge to `/healthz`, with a digest under a key of the instance. A server with the same key
//! answers with a digest of the challenge and the whole answer. It tells nothing to a request without a valid digest. A
//! copied request learns the version of the server, its own address, and whether `X-Forwarded-For` arrived and was used.

use std::net::IpAddr;

use data_encoding::HEXLOWER;
use domain::Timestamp;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::secrets::{Keyring, Purpose, constant_time_eq};
use service::{Service, token};
use uuid::Uuid;

use crate::middleware::client_ip::{Forwarded, MaybeClientIp};

/// The header of a probe.
pub const HEADER: &str = "countersign-probe";
/// Longest time between sending and receiving a probe, in milliseconds. It bounds how long a copy is of use.
const MAX_AGE_MS: i64 = 5 * 60 * 1000;

/// A challenge: its time and random text, with their digest.
pub struct Probe {
    challenge: String,
    digest: String,
}

/// What a server answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProbeAnswer {
    /// The version of the server.
    pub version: String,
    /// The client's address, as the server resolved it.
    pub client: Option<IpAddr>,
    /// What became of the header `X-Forwarded-For`.
    pub forwarded: Forwarded,
}

/// An answer with its digest.
#[derive(Serialize, Deserialize)]
struct ProvenAnswer {
    proof: String,
    #[serde(flatten)]
    answer: ProbeAnswer,
}

impl Probe {
    /// Creates a probe of an instance.
    #[must_use]
    pub fn new(keys: &Keyring, instance: Uuid, now: Timestamp) -> Self {
        let challenge = format!("{}.{}", now.millis(), token());
        let digest = digest(keys, instance, "probe", &challenge);
        Self { challenge, digest }
    }

    /// Returns the value of the header.
    #[must_use]
    pub fn header_value(&self) -> String {
        format!("{}.{}", self.challenge, self.digest)
    }

    /// Reads the body of `/healthz`. `None` if it is not the answer of this instance to this probe.
    #[must_use]
    pub fn read(&self, keys: &Keyring, instance: Uuid, body: &[u8]) -> Option<ProbeAnswer> {
        let mut document: Value = serde_json::from_slice(body).ok()?;
        let ProvenAnswer { proof, answer } =
            serde_json::from_value(document.get_mut("probe")?.take()).ok()?;
        constant_time_eq(&proof, &answer.digest(keys, instance, &self.challenge)).then_some(answer)
    }
}

impl ProbeAnswer {
    /// A digest of all of the answer, so that nothing on the way can change a part of it.
    fn digest(&self, keys: &Keyring, instance: Uuid, challenge: &str) -> String {
        let client = self.client.map(|ip| ip.to_string()).unwrap_or_default();
        // A header has no line breaks, so that no part can take the place of another.
        let text = format!("{challenge}\n{}\n{:?}\n{client}", self.version, self.forwarded);
        digest(keys, instance, "answer", &text)
    }
}

/// Answers a probe; `None` for a request without a valid one.
pub fn answer(
    service: &Service,
    client: MaybeClientIp,
    forwarded: Forwarded,
    headers: &HeaderMap,
) -> Option<Value> {
    let value = headers.get(HEADER)?.to_str().ok()?;
    let challenge = check(service.keys(), service.instance(), service.now(), value)?;
    let answer = ProbeAnswer { version: service::node::VERSION.to_owned(), client: client.0, forwarded };
    let proof = answer.digest(service.keys(), service.instance(), challenge);
    serde_json::to_value(ProvenAnswer { proof, answer }).ok()
}

/// Returns the challenge of a header's value, if its digest and its time are right.
fn check<'a>(keys: &Keyring, instance: Uuid, now: Timestamp, value: &'a str) -> Option<&'a str> {
    let (challenge, given) = value.rsplit_once('.')?;
    let at: i64 = challenge.split_once('.')?.0.parse().ok()?;
    let is_recent = now.millis().abs_diff(at) <= MAX_AGE_MS.unsigned_abs();
    let expected = digest(keys, instance, "probe", challenge);
    (is_recent && constant_time_eq(given, &expected)).then_some(challenge)
}

/// A digest of a text. `role` makes the digest of a probe useless as an answer.
fn digest(keys: &Keyring, instance: Uuid, role: &str, text: &str) -> String {
    let text = format!("{role}:{instance}:{text}");
    HEXLOWER.encode(&keys.digest(Purpose::InstanceProbe, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use service::secrets::MasterKey;

    use super::*;

    #[test]
    fn probe_is_valid_for_its_instance_its_key_and_five_minutes() {
        let (keys, other_keys) = (Keyring::new(&MasterKey::generate()), Keyring::new(&MasterKey::generate()));
        let (instance, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let now = Timestamp::from_millis(1_768_473_000_000);
        let value = Probe::new(&keys, instance, now).header_value();
        assert!(check(&keys, instance, now, &value).is_some());
        assert!(check(&keys, instance, now.plus_seconds(300), &value).is_some());
        assert!(check(&keys, instance, now.plus_seconds(301), &value).is_none());
        assert!(check(&keys, instance, now.plus_seconds(-301), &value).is_none());
        assert!(check(&keys, other, now, &value).is_none());
        assert!(check(&other_keys, instance, now, &value).is_none());
        for wrong in ["", ".", "..", "1.2.3", &value[1..], &value[..value.len() - 1]] {
            assert!(check(&keys, instance, now, wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn only_a_whole_and_signed_answer_is_an_answer() {
        let (keys, instance) = (Keyring::new(&MasterKey::generate()), Uuid::from_u128(1));
        let probe = Probe::new(&keys, instance, Timestamp::from_millis(1_768_473_000_000));
        let client = Some(IpAddr::from([192, 0, 2, 1]));
        let answer = ProbeAnswer { version: "1".to_owned(), client, forwarded: Forwarded::NotUsed };
        let body = |answer: &ProbeAnswer, proof: &str| {
            let probe = ProvenAnswer { proof: proof.to_owned(), answer: answer.clone() };
            serde_json::json!({ "status": "ok", "probe": probe }).to_string()
        };
        let proof = answer.digest(&keys, instance, &probe.challenge);
        assert!(probe.read(&keys, instance, body(&answer, &proof).as_bytes()).is_some());
        for changed in [
            ProbeAnswer { version: "2".to_owned(), ..answer.clone() },
            ProbeAnswer { client: None, ..answer.clone() },
            ProbeAnswer { client: Some(IpAddr::from([192, 0, 2, 2])), ..answer.clone() },
            ProbeAnswer { forwarded: Forwarded::Used, ..answer.clone() },
            ProbeAnswer { forwarded: Forwarded::Absent, ..answer.clone() },
        ] {
            assert!(probe.read(&keys, instance, body(&changed, &proof).as_bytes()).is_none(), "{changed:?}");
        }
        assert!(probe.read(&keys, instance, body(&answer, &probe.digest).as_bytes()).is_none());
        assert!(probe.read(&keys, Uuid::from_u128(2), body(&answer, &proof).as_bytes()).is_none());
        for other in [r#"{"status":"ok"}"#, "<html>", "", "[]", r#"{"probe":1}"#] {
            assert!(probe.read(&keys, instance, other.as_bytes()).is_none(), "{other}");
        }
    }
}
