//! Scenarios of webhooks: deliveries to a fast receiver, beside a dead one, and beside verifications.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use serde_json::json;

use super::bulk::{VERIFY_CONNECTIONS, measure_beside_verify};
use super::config::{CONNECTIONS, MAX_BULK_TIME, ROUNDS};
use super::context::BenchContext;
use super::load::{self, LoadResult};
use super::management_client::ManagementClient;
use super::receiver::Receiver;
use super::request::write_post;
use super::scenarios::issue_unlimited_licenses;
use crate::cmd::Result;

/// Events of the scenarios: as many as one replay sends.
const EVENTS: usize = 10_000;
/// Events of the webhook whose receiver never answers.
const DEAD_EVENTS: usize = 2_000;

/// Measures activations with and without a webhook, and deliveries.
pub fn measure_webhooks(context: &mut BenchContext<'_>) -> Result {
    let api = ManagementClient::new(context)?;
    let receiver = Receiver::start()?;
    let mut activations = Activations::new(context)?;
    let without = activations.run(EVENTS)?;
    let webhook = create_webhook(&api, receiver.address)?;
    let with = activations.run(EVENTS)?;
    context.add_result("activate, new domains, with a webhook (ratio to without)", &with, &without);
    receiver.wait_for_silence();
    measure_deliveries(context, "", || deliver(&api, &webhook, &receiver))?;
    for connections in VERIFY_CONNECTIONS {
        // Rounds of verify need a time, and one replay is short.
        let time = context.time;
        let delivered = measure_beside_verify(context, connections, "deliveries", || {
            let (started, mut delivered) = (Instant::now(), 0);
            while started.elapsed() < time {
                delivered += deliver(&api, &webhook, &receiver)?.0;
            }
            Ok((delivered, started.elapsed()))
        })?;
        let scenario = format!("deliveries, beside verify on {connections} connections, per second");
        context.add_value(&scenario, per_second(delivered));
    }
    let dead = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("No port is free: {e}."))?;
    let address = dead.local_addr().map_err(|e| format!("A port has no address: {e}."))?;
    create_webhook(&api, address)?;
    activations.run(DEAD_EVENTS)?;
    receiver.wait_for_silence();
    measure_deliveries(context, ", beside a receiver that never answers", || {
        deliver(&api, &webhook, &receiver)
    })
}

/// Reports the median rate of rounds.
fn measure_deliveries(
    context: &mut BenchContext<'_>,
    beside: &str,
    round: impl Fn() -> Result<(usize, Duration)>,
) -> Result {
    let rounds = (0..ROUNDS).map(|_| round().map(per_second));
    let mut rates = rounds.collect::<Result<Vec<f64>>>()?;
    rates.sort_by(f64::total_cmp);
    context.add_value(&format!("deliveries to a fast receiver{beside}, per second"), rates[ROUNDS / 2]);
    Ok(())
}

/// Sends all events again. Returns their number, and the time until the last one arrived.
fn deliver(api: &ManagementClient, webhook: &str, receiver: &Receiver) -> Result<(usize, Duration)> {
    let (before, started) = (receiver.count(), Instant::now());
    let body = json!({ "from": "2020-01-01", "onlyFailed": false });
    let replayed = api.post(&format!("/webhooks/{webhook}/replay"), &body)?;
    let scheduled = replayed["scheduled"].as_u64().and_then(|count| usize::try_from(count).ok());
    let scheduled = scheduled.filter(|count| *count > 0).ok_or("No delivery was sent again.")?;
    receiver.wait_for(before + scheduled)?;
    Ok((scheduled, started.elapsed()))
}

#[allow(clippy::cast_precision_loss, reason = "a rate needs no exact count")]
fn per_second((count, time): (usize, Duration)) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// Activations of new domains of one license.
struct Activations {
    address: SocketAddr,
    key: String,
    domains: usize,
}

impl Activations {
    fn new(context: &BenchContext<'_>) -> Result<Self> {
        let key = issue_unlimited_licenses(context, 1)?.pop().unwrap_or_default();
        Ok(Self { address: context.process.address, key, domains: 0 })
    }

    fn run(&mut self, count: usize) -> Result<LoadResult> {
        let end = self.domains + count;
        load::run(self.address, CONNECTIONS, MAX_BULK_TIME, |out| {
            if self.domains == end {
                return false;
            }
            self.domains += 1;
            let (key, n) = (&self.key, self.domains);
            let body = format!(r#"{{"license_key":"{key}","domain":"hook{n}.example.org"}}"#);
            write_post(out, "/activate", &body);
            true
        })
    }
}

/// Makes a webhook for activations of domains. Returns its id.
fn create_webhook(api: &ManagementClient, receiver: SocketAddr) -> Result<String> {
    let url = format!("http://{receiver}/hooks");
    let body = json!({ "name": "bench", "url": url, "events": ["domainActivation.created"] });
    let created = api.post("/webhooks", &body)?;
    Ok(created["id"].as_str().unwrap_or_default().to_owned())
}
