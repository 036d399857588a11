//! What is measured beside verify: activations of both kinds.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::fixture::Fixture;
use super::load::{self, Outcome};
use super::process::{Running, ask};
use super::report::{Report, Row};
use super::{CONNECTIONS, ROUNDS, bare, post, verify};
use crate::cmd::Result;

/// Licenses without a limit, for what takes slots.
fn fresh(server: &Path, fixture: &Fixture, count: usize) -> Result<Vec<String>> {
    let count = count.to_string();
    let issue = ["license", "issue", "--product", "aurora-forms", "--domain-limit", "unlimited"];
    let issue = [&issue[..], &["--machine-limit", "unlimited", "--count", &count]].concat();
    let issued = fixture.command(server, &issue)?;
    let all = issued["licenses"].as_array().cloned().unwrap_or_else(|| vec![issued.clone()]);
    Ok(all.iter().filter_map(|one| one["key"].as_str().map(ToOwned::to_owned)).collect())
}

/// The id of the product whose licenses are used.
pub fn product(stage: &Stage<'_>) -> Result<String> {
    let product = stage.fixture.command(stage.server, &["product", "show", "aurora-forms"])?;
    Ok(product["id"].as_str().unwrap_or_default().to_owned())
}

/// What is measured, and what beside.
pub struct Stage<'a> {
    pub server: &'a Path,
    pub fixture: &'a Fixture,
    pub running: &'a Running,
    pub base: &'a Running,
    pub time: Duration,
    pub row: &'a dyn Fn(&str) -> Row,
    pub report: &'a mut Report,
}

impl Stage<'_> {
    pub fn add(&mut self, row: Row) {
        self.report.add(row);
    }

    /// The median of rounds, each beside its own reference.
    fn rounds(
        &mut self,
        scene: &str,
        reference: impl Fn(&Self) -> Result<Outcome>,
        mut next: impl FnMut(&mut Vec<u8>),
    ) -> Result {
        let mut runs = Vec::new();
        for _ in 0..ROUNDS {
            let reference = reference(self)?;
            let outcome = load::run(self.running.address, CONNECTIONS, self.time, |out| {
                next(out);
                true
            })?;
            runs.push((outcome, reference));
        }
        self.add((self.row)(scene).median(runs));
        Ok(())
    }
}

/// Slots for domains.
pub fn activate(stage: &mut Stage<'_>) -> Result {
    let keys = fresh(stage.server, stage.fixture, 1000)?;
    let mut n = 0usize;
    for (scene, among) in
        [("activate, new domains, 1,000 licenses", 1000), ("activate, new domains, one license", 1)]
    {
        stage.rounds(
            scene,
            |stage| bare(stage.base.address, stage.time),
            |out| {
                n += 1;
                let key = &keys[n % among];
                post(out, "/activate", &format!(r#"{{"license_key":"{key}","domain":"d{n}.example.org"}}"#));
            },
        )?;
    }
    Ok(())
}

/// Raw signatures a second.
fn raw(stage: &Stage<'_>) -> Result<Outcome> {
    let (_, rate) =
        ask(stage.base.address, "GET /sign-rate HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n")?;
    let rate = rate.trim().parse().map_err(|_| format!("no rate: {rate}"))?;
    Ok(Outcome { rate, ..Outcome::default() })
}

/// Seats of machines, and what they do to those who verify. The key of the license that
/// has them all.
pub fn machines(stage: &mut Stage<'_>) -> Result<String> {
    let signed = raw(stage)?;
    stage.add((stage.row)("RS256 signatures a second, raw").value(signed.rate));
    let key = fresh(stage.server, stage.fixture, 1)?.pop().unwrap_or_default();
    let product = product(stage)?;
    let body = |n: usize| {
        format!(
            r#"{{"key":"{key}","productId":"{product}","fingerprint":"machine-{n}","hostname":"h","os":"linux","appVersion":"1","userHash":"u"}}"#
        )
    };
    let mut n = 0;
    stage.rounds("POST /v3/activations, known machines (to raw signing)", raw, |out| {
        n += 1;
        post(out, "/v3/activations", &body(n % CONNECTIONS));
    })?;
    let mut n = 1000;
    stage.rounds("POST /v3/activations, new machines (to raw signing)", raw, |out| {
        n += 1;
        post(out, "/v3/activations", &body(n));
    })?;
    // Verify beside them: a fixed number of keys, so that all are in memory.
    let some = &stage.fixture.keys[..stage.fixture.keys.len().min(1000)];
    let mut n = 0;
    let mut verifying = || {
        load::run(stage.running.address, CONNECTIONS, stage.time, |out| {
            n += 1;
            verify(out, &some[n % some.len()]);
            true
        })
    };
    verifying()?;
    let alone = verifying()?;
    let (beside, signing) = thread::scope(|scope| {
        let signing = scope.spawn(|| {
            let mut n = 0;
            load::run(stage.running.address, 8, stage.time, |out| {
                n += 1;
                post(out, "/v3/activations", &body(n % 8));
                true
            })
        });
        (verifying(), signing.join())
    });
    let (beside, signing) = (beside?, signing.map_err(|_| "a load generator panicked")??);
    stage.add((stage.row)("verify, 1,000 keys, alone (to itself)").of(&alone, &alone));
    stage.add((stage.row)("verify, 1,000 keys, while machines activate (to alone)").of(&beside, &alone));
    stage.add(
        (stage.row)("POST /v3/activations meanwhile (to raw signing)").connections(8).of(&signing, &signed),
    );
    Ok(key)
}
