//! What is measured beside verify: activations of both kinds, and pages.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::data::Data;
use super::load::{self, Outcome};
use super::process::{Running, ask};
use super::report::{Report, Row};
use super::{CONNECTIONS, ROUNDS, bare, get, post, verify};
use crate::run::Done;

/// Licenses without a limit, for what takes slots.
fn fresh(server: &Path, data: &Data, count: usize) -> Done<Vec<String>> {
    let count = count.to_string();
    let issue = ["license", "issue", "--product", "aurora-forms", "--domain-limit", "unlimited"];
    let issue = [&issue[..], &["--machine-limit", "unlimited", "--count", &count]].concat();
    let issued = data.command(server, &issue)?;
    let all = issued["licenses"].as_array().cloned().unwrap_or_else(|| vec![issued.clone()]);
    Ok(all.iter().filter_map(|one| one["key"].as_str().map(ToOwned::to_owned)).collect())
}

/// The id of the product whose licenses are used.
fn product(stage: &Stage<'_>) -> Done<String> {
    let product = stage.data.command(stage.server, &["product", "show", "aurora-forms"])?;
    Ok(product["id"].as_str().unwrap_or_default().to_owned())
}

/// What is measured, and what beside.
pub struct Stage<'a> {
    pub server: &'a Path,
    pub data: &'a Data,
    pub running: &'a Running,
    pub base: &'a Running,
    pub time: Duration,
    pub row: &'a dyn Fn(&str) -> Row,
    pub report: &'a mut Report,
}

impl Stage<'_> {
    fn add(&mut self, row: Row) {
        self.report.add(row);
    }

    /// The median of rounds, each beside its own reference.
    fn rounds(
        &mut self,
        scene: &str,
        reference: impl Fn(&Self) -> Done<Outcome>,
        mut next: impl FnMut(&mut Vec<u8>),
    ) -> Done {
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
pub fn activate(stage: &mut Stage<'_>) -> Done {
    let keys = fresh(stage.server, stage.data, 1000)?;
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
fn raw(stage: &Stage<'_>) -> Done<Outcome> {
    let (_, rate) =
        ask(stage.base.address, "GET /sign-rate HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n")?;
    let rate = rate.trim().parse().map_err(|_| format!("no rate: {rate}"))?;
    Ok(Outcome { rate, ..Outcome::default() })
}

/// Seats of machines, and what they do to those who verify.
pub fn machines(stage: &mut Stage<'_>) -> Done {
    let signed = raw(stage)?;
    stage.add((stage.row)("RS256 signatures a second, raw").value(signed.rate));
    let key = fresh(stage.server, stage.data, 1)?.pop().unwrap_or_default();
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
    let some = &stage.data.keys[..stage.data.keys.len().min(1000)];
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
    Ok(())
}

/// Pages of a seller who is signed in.
pub fn dashboard(stage: &mut Stage<'_>) -> Done {
    let Stage { data, running, base, time, row, .. } = *stage;
    let form = format!("email={}&password={}&next=", data.email.replace('@', "%40"), data.password);
    let (head, _) = ask(
        running.address,
        &format!(
            "POST /_fn/sign_in HTTP/1.1\r\nHost: bench\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    )?;
    let cookie = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .find(|value| value.starts_with("countersign_session"))
        .ok_or_else(|| format!("The sign-in failed: {head}"))?
        .to_owned();
    let headers = format!("Accept: text/html\r\nCookie: {cookie}\r\n");
    let deep = data.keys.len() / 2;
    let tail = data.keys[deep].0.rsplit('-').next().unwrap_or_default().to_owned();
    let pages = [
        ("overview", "/".to_owned()),
        ("licenses", "/licenses".to_owned()),
        ("licenses, suspended, oldest first", "/licenses?standing=suspended&sort=oldest".to_owned()),
        ("licenses, expiring next", "/licenses?sort=expiry".to_owned()),
        ("licenses in force, oldest first", "/licenses?standing=active&sort=oldest".to_owned()),
        (
            "licenses of a product, expiring next",
            format!("/licenses?sort=expiry&product={}", product(stage)?),
        ),
        ("search by a name", "/licenses?q=maple".to_owned()),
        (
            "search by a name, suspended, expiring next",
            "/licenses?q=maple&standing=suspended&sort=expiry".to_owned(),
        ),
        ("search by a tail", format!("/licenses?q={tail}")),
        ("search by a domain", format!("/licenses?q={}", data.keys[deep].1)),
    ];
    for (name, path) in pages {
        let reference = bare(base.address, time / 4)?;
        let one = load::run(running.address, 1, time / 2, |out| {
            get(out, &path, &headers);
            true
        })?;
        if one.refused > 0 {
            return Err(format!("{path}: {} refusals", one.refused));
        }
        let name = format!("page: {name} ({} kB)", one.bytes / 1000);
        stage.add(row(&name).connections(1).of(&one, &reference));
    }
    Ok(())
}
