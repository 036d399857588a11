//! Compares what clients got with what the cluster has afterwards.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use super::host::{Host, NODES};
use super::observations::Acknowledged;
use super::{client, database, node};
use crate::cmd::Result;

const MAX_ANSWER: Duration = Duration::from_secs(10);

/// What is wrong afterwards.
#[derive(Default)]
pub struct Comparison {
    /// Acknowledged activations that the database does not have.
    pub lost: usize,
    /// Acknowledged activations that a node does not confirm.
    pub not_confirmed: usize,
    /// Licenses with more activations than their limit, in rows or in their counter.
    pub over_limit: usize,
}

/// Compares acknowledged activations with the rows of the database, and with new verifications.
pub fn compare(acknowledged: &[Acknowledged]) -> Result<Comparison> {
    let rows = database::rows("SELECT subject FROM activations WHERE kind = 'domain'")?;
    let rows: HashSet<String> = rows.into_iter().collect();
    let lost = acknowledged.iter().filter(|activation| !rows.contains(&activation.domain)).count();
    let over_limit = database::rows(
        "SELECT l.id FROM licenses l LEFT JOIN activations a ON a.license_id = l.id AND a.kind = 'domain' \
         WHERE l.domain_limit IS NOT NULL GROUP BY l.id, l.domain_limit, l.domains_used \
         HAVING count(a.id) > l.domain_limit OR l.domains_used > l.domain_limit",
    )?;
    let not_confirmed = verify_all(acknowledged)?;
    Ok(Comparison { lost, not_confirmed, over_limit: over_limit.len() })
}

/// Verifies each activation on one node, in turns. Returns how many are not valid.
fn verify_all(acknowledged: &[Acknowledged]) -> Result<usize> {
    let on_node = |host: Host, first: usize| {
        let mine = acknowledged.iter().skip(first).step_by(NODES.len());
        mine.filter(|activation| !is_valid(host, activation)).count()
    };
    thread::scope(|scope| {
        let workers: Vec<_> =
            (0..NODES.len()).map(|index| scope.spawn(move || on_node(NODES[index], index))).collect();
        let mut not_valid = 0;
        for worker in workers {
            not_valid += worker.join().map_err(|_| "A client of the comparison panicked.")?;
        }
        Ok(not_valid)
    })
}

/// Returns whether a node confirms an activation. Once more after a pause, if it had no answer.
fn is_valid(host: Host, Acknowledged { key, domain, .. }: &Acknowledged) -> bool {
    let path = format!("/verify?license_key={key}&domain={domain}");
    for _ in 0..5 {
        match client::get(host.address, node::PORT, &path, MAX_ANSWER) {
            client::Outcome::Answer(answer) if answer.status != 503 => {
                return answer.status == 200 && answer.body.contains(r#""valid":true"#);
            }
            _ => thread::sleep(Duration::from_secs(1)),
        }
    }
    false
}
