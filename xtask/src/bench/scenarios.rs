//! What is measured beside verify: activations of both kinds.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::fixture::Fixture;
use super::load::{self, LoadResult};
use super::process::{ServerProcess, send_request};
use super::report::{Measurement, Report};
use super::{CONNECTIONS, ROUNDS, bare, post, verify};
use crate::cmd::Result;

/// Licenses without a limit, for what takes slots.
fn issue_unlimited_licenses(server: &Path, fixture: &Fixture, count: usize) -> Result<Vec<String>> {
    let count = count.to_string();
    let issue = ["license", "issue", "--product", "aurora-forms", "--domain-limit", "unlimited"];
    let issue = [&issue[..], &["--machine-limit", "unlimited", "--count", &count]].concat();
    let issued = fixture.command(server, &issue)?;
    let all = issued["licenses"].as_array().cloned().unwrap_or_else(|| vec![issued.clone()]);
    Ok(all.iter().filter_map(|one| one["key"].as_str().map(ToOwned::to_owned)).collect())
}

/// The id of the product whose licenses are used.
pub fn product_id(context: &BenchContext<'_>) -> Result<String> {
    let product = context.fixture.command(context.server, &["product", "show", "aurora-forms"])?;
    Ok(product["id"].as_str().unwrap_or_default().to_owned())
}

/// What is measured, and what beside.
pub struct BenchContext<'a> {
    pub server: &'a Path,
    pub fixture: &'a Fixture,
    pub server_process: &'a ServerProcess,
    pub base: &'a ServerProcess,
    pub time: Duration,
    pub measurement: &'a dyn Fn(&str) -> Measurement,
    pub report: &'a mut Report,
}

impl BenchContext<'_> {
    pub fn add(&mut self, measurement: Measurement) {
        self.report.add(measurement);
    }

    /// The median of rounds, each beside its own reference.
    fn measure_rounds(
        &mut self,
        scenario: &str,
        reference: impl Fn(&Self) -> Result<LoadResult>,
        mut next: impl FnMut(&mut Vec<u8>),
    ) -> Result {
        let mut runs = Vec::new();
        for _ in 0..ROUNDS {
            let reference = reference(self)?;
            let result = load::run(self.server_process.address, CONNECTIONS, self.time, |out| {
                next(out);
                true
            })?;
            runs.push((result, reference));
        }
        self.add((self.measurement)(scenario).with_median(runs));
        Ok(())
    }
}

/// Slots for domains.
pub fn measure_domain_activations(context: &mut BenchContext<'_>) -> Result {
    let keys = issue_unlimited_licenses(context.server, context.fixture, 1000)?;
    let mut n = 0usize;
    for (scenario, license_count) in
        [("activate, new domains, 1,000 licenses", 1000), ("activate, new domains, one license", 1)]
    {
        context.measure_rounds(
            scenario,
            |context| bare(context.base.address, context.time),
            |out| {
                n += 1;
                let key = &keys[n % license_count];
                post(out, "/activate", &format!(r#"{{"license_key":"{key}","domain":"d{n}.example.org"}}"#));
            },
        )?;
    }
    Ok(())
}

/// Raw signatures a second.
fn raw_sign_rate(context: &BenchContext<'_>) -> Result<LoadResult> {
    let (_, rate) = send_request(
        context.base.address,
        "GET /sign-rate HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n",
    )?;
    let rate = rate.trim().parse().map_err(|_| format!("no rate: {rate}"))?;
    Ok(LoadResult { rate, ..LoadResult::default() })
}

/// Seats of machines, and what they do to those who verify. The key of the license that
/// has them all.
pub fn measure_machine_activations(context: &mut BenchContext<'_>) -> Result<String> {
    let signed = raw_sign_rate(context)?;
    context.add((context.measurement)("RS256 signatures a second, raw").with_value(signed.rate));
    let key = issue_unlimited_licenses(context.server, context.fixture, 1)?.pop().unwrap_or_default();
    let product = product_id(context)?;
    let body = |n: usize| {
        format!(
            r#"{{"key":"{key}","productId":"{product}","fingerprint":"machine-{n}","hostname":"h","os":"linux","appVersion":"1","userHash":"u"}}"#
        )
    };
    let mut n = 0;
    context.measure_rounds(
        "POST /v3/activations, known machines (to raw signing)",
        raw_sign_rate,
        |out| {
            n += 1;
            post(out, "/v3/activations", &body(n % CONNECTIONS));
        },
    )?;
    let mut n = 1000;
    context.measure_rounds("POST /v3/activations, new machines (to raw signing)", raw_sign_rate, |out| {
        n += 1;
        post(out, "/v3/activations", &body(n));
    })?;
    // Verify beside them: a fixed number of keys, so that all are in memory.
    let some = &context.fixture.keys[..context.fixture.keys.len().min(1000)];
    let mut n = 0;
    let mut verifying = || {
        load::run(context.server_process.address, CONNECTIONS, context.time, |out| {
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
            load::run(context.server_process.address, 8, context.time, |out| {
                n += 1;
                post(out, "/v3/activations", &body(n % 8));
                true
            })
        });
        (verifying(), signing.join())
    });
    let (beside, signing) = (beside?, signing.map_err(|_| "a load generator panicked")??);
    context.add((context.measurement)("verify, 1,000 keys, alone (to itself)").with_result(&alone, &alone));
    context.add(
        (context.measurement)("verify, 1,000 keys, while machines activate (to alone)")
            .with_result(&beside, &alone),
    );
    context.add(
        (context.measurement)("POST /v3/activations meanwhile (to raw signing)")
            .with_connections(8)
            .with_result(&signing, &signed),
    );
    Ok(key)
}
