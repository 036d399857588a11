//! Scenarios of the APIs: verification and activations of both kinds.

use std::thread;
use std::time::Duration;

use super::config::CONNECTIONS;
use super::context::BenchContext;
use super::load::{self, LoadResult};
use super::random::{KeyDistribution, XorShift, uniform, zipf};
use super::request::{write_post, write_verify};
use crate::cmd::Result;

/// Connections of the clients that activate machines while others verify.
const CONCURRENT_ACTIVATIONS: usize = 8;

/// Measures `/verify`: cold cache, warm cache, and several numbers of connections.
pub fn measure_verify(context: &mut BenchContext<'_>) -> Result {
    measure_cold_verify(context)?;
    let keys = &context.fixture.keys;
    let mut random = XorShift::new(0x5eed);
    let distributions: [(&str, KeyDistribution); 2] = [("uniform", uniform), ("Zipf", zipf)];
    for (name, distribution) in distributions {
        context.measure_rounds(
            &format!("verify, warm, {name}"),
            |context| context.baseline.measure(context.time),
            |out| write_verify(out, &keys[distribution(&mut random, keys.len())]),
        )?;
    }
    for connections in [1, 8, 64, 256] {
        let reference = context.baseline.measure(context.time / 2)?;
        let result = context.load(connections, context.time / 2, |out| {
            write_verify(out, &keys[uniform(&mut random, keys.len())]);
        })?;
        let measurement = context.measurement("verify, warm, uniform").with_connections(connections);
        context.report.add(measurement.with_result(&result, &reference));
    }
    Ok(())
}

/// Measures the first request for each key, then requests the other keys to fill the cache.
fn measure_cold_verify(context: &mut BenchContext<'_>) -> Result {
    let (measured, rest) = context.fixture.keys.split_at(context.fixture.keys.len().min(50_000));
    let verify_each_once = |keys: &[(String, String)]| {
        let mut keys = keys.iter();
        load::run(context.process.address, CONNECTIONS, Duration::from_mins(5), |out| {
            keys.next().map(|key| write_verify(out, key)).is_some()
        })
    };
    let cold = verify_each_once(measured)?;
    if rest.len() > CONNECTIONS {
        verify_each_once(rest)?;
    }
    let reference = context.baseline.measure(context.time)?;
    context.add_result("verify, cold", &cold, &reference);
    Ok(())
}

/// Measures activations of domains.
pub fn measure_domain_activations(context: &mut BenchContext<'_>) -> Result {
    let keys = issue_unlimited_licenses(context, 1000)?;
    let mut n = 0;
    for (scenario, license_count) in
        [("activate, new domains, 1,000 licenses", 1000), ("activate, new domains, one license", 1)]
    {
        context.measure_rounds(
            scenario,
            |context| context.baseline.measure(context.time),
            |out| {
                n += 1;
                let key = &keys[n % license_count];
                let body = format!(r#"{{"license_key":"{key}","domain":"d{n}.example.org"}}"#);
                write_post(out, "/activate", &body);
            },
        )?;
    }
    Ok(())
}

/// Measures activations of machines, and their effect on concurrent verifications. Returns the key of the
/// license that has the activations.
pub fn measure_machine_activations(context: &mut BenchContext<'_>) -> Result<String> {
    let sign_rate = context.baseline.measure_sign_rate()?;
    context.add_value("RS256 signatures per second, one thread", sign_rate.rate);
    let key = issue_unlimited_licenses(context, 1)?.pop().unwrap_or_default();
    let product = product_id(context)?;
    let activate = |out: &mut Vec<u8>, machine: usize| {
        let body = format!(
            r#"{{"key":"{key}","productId":"{product}","fingerprint":"machine-{machine}","hostname":"h","os":"linux","appVersion":"1","userHash":"u"}}"#
        );
        write_post(out, "/v3/activations", &body);
    };
    for (scenario, first, count) in [
        ("POST /v3/activations, known machines (ratio to signing)", 0, CONNECTIONS),
        ("POST /v3/activations, new machines (ratio to signing)", 1000, usize::MAX),
    ] {
        let mut n = 0;
        context.measure_rounds(
            scenario,
            |context| context.baseline.measure_sign_rate(),
            |out| {
                n += 1;
                activate(out, first + n % count);
            },
        )?;
    }
    measure_verify_during_activations(context, &sign_rate, &activate)?;
    Ok(key)
}

/// Measures verifications with and without concurrent machine activations.
fn measure_verify_during_activations(
    context: &mut BenchContext<'_>,
    sign_rate: &LoadResult,
    activate: &(impl Fn(&mut Vec<u8>, usize) + Sync),
) -> Result {
    // 1,000 keys, so that all of them are in the license cache.
    let keys = &context.fixture.keys[..context.fixture.keys.len().min(1000)];
    let mut n = 0;
    let shared = &*context;
    let mut verify = || {
        shared.load(CONNECTIONS, shared.time, |out| {
            n += 1;
            write_verify(out, &keys[n % keys.len()]);
        })
    };
    verify()?;
    let alone = verify()?;
    let (address, time) = (context.process.address, context.time);
    let (concurrent, activations) = thread::scope(|scope| {
        let activations = scope.spawn(|| {
            let mut n = 0;
            load::run(address, CONCURRENT_ACTIVATIONS, time, |out| {
                n += 1;
                activate(out, n % CONCURRENT_ACTIVATIONS);
                true
            })
        });
        (verify(), activations.join())
    });
    let activations = activations.map_err(|_| "A load generator panicked.")??;
    context.add_result("verify, 1,000 keys, alone", &alone, &alone);
    context.add_result("verify, 1,000 keys, while machines activate (ratio to alone)", &concurrent?, &alone);
    let measurement =
        context.measurement("POST /v3/activations, during these verifications (ratio to signing)");
    let measurement = measurement.with_connections(CONCURRENT_ACTIVATIONS);
    context.report.add(measurement.with_result(&activations, sign_rate));
    Ok(())
}

/// Issues licenses without limits and returns their keys.
pub fn issue_unlimited_licenses(context: &BenchContext<'_>, count: usize) -> Result<Vec<String>> {
    let count = count.to_string();
    let issue = ["license", "issue", "--product", "aurora-forms", "--domain-limit", "unlimited"];
    let issue = [&issue[..], &["--machine-limit", "unlimited", "--count", &count]].concat();
    let issued = context.fixture.command(context.server, &issue)?;
    let licenses = issued["licenses"].as_array().cloned().unwrap_or_else(|| vec![issued.clone()]);
    Ok(licenses.iter().filter_map(|license| license["key"].as_str().map(ToOwned::to_owned)).collect())
}

/// Returns the id of the product whose licenses are measured.
pub fn product_id(context: &BenchContext<'_>) -> Result<String> {
    let product = context.fixture.command(context.server, &["product", "show", "aurora-forms"])?;
    Ok(product["id"].as_str().unwrap_or_default().to_owned())
}
