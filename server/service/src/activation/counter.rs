//! What a license counts: its domains and its machines.

use std::collections::BTreeMap;

use domain::Timestamp;
use uuid::Uuid;

use crate::store::bulk::{Columns, Kind, row};
use crate::store::write::Write;

/// A count of what is active, which is held to a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counter {
    /// Domains that take a slot.
    Domains,
    /// Machines; the first of them is remembered by its time.
    Machines,
}

const STEPS: Columns = &[("license_id", Kind::Uuid), ("steps", Kind::Int), ("now", Kind::Int)];

/// Counts what was taken, by license. The limit is guarded once more where it is
/// written: no defect above this line can take what is not there.
pub(crate) fn steps(counter: Counter, taken: &BTreeMap<Uuid, i32>, now: Timestamp) -> Write {
    let rows = taken.iter().map(|(license, steps)| row![*license, *steps, now.millis()]).collect();
    Write::new(STEPS, rows, move |from| sql(counter, from))
}

fn sql(counter: Counter, from: &str) -> String {
    let (used, limit, also) = match counter {
        Counter::Domains => ("domains_used", "domain_limit", ""),
        Counter::Machines => {
            ("machines_used", "machine_limit", ", first_activated_at = COALESCE(first_activated_at, v.now)")
        }
    };
    format!(
        "UPDATE licenses SET {used} = {used} + v.steps{also} FROM {from} WHERE licenses.id = v.license_id \
         AND ({limit} IS NULL OR {used} + v.steps <= {limit})"
    )
}
