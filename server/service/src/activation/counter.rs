//! The counters of used slots of a license: domains and machines.

use std::collections::BTreeMap;

use domain::Timestamp;
use uuid::Uuid;

use crate::store::bulk_write::BulkWrite;
use crate::store::row_values::{ColumnType, Columns, row};

/// A counter of active slots that a limit bounds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counter {
    /// Domains that take a slot.
    Domains,
    /// Machines. The first activation sets `first_activated_at`.
    Machines,
}

const INCREMENT_COLUMNS: Columns =
    &[("license_id", ColumnType::Uuid), ("steps", ColumnType::Int), ("now", ColumnType::Int)];

/// Increments the counters by license. The UPDATE checks the limit once more, so that no defect in
/// the code above can exceed it.
pub(crate) fn increments(counter: Counter, taken: &BTreeMap<Uuid, i32>, now: Timestamp) -> BulkWrite {
    let rows = taken.iter().map(|(license, steps)| row![*license, *steps, now.millis()]).collect();
    BulkWrite::new(INCREMENT_COLUMNS, rows, move |from| sql(counter, from))
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
