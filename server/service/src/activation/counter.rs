//! What a license counts: its domains and its machines.

use std::collections::BTreeMap;

use domain::Timestamp;
use uuid::Uuid;

use crate::store::bulk_write::BulkWrite;
use crate::store::row_values::{ColumnType, Columns, row};

/// A count of what is active, which is held to a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counter {
    /// Domains that take a slot.
    Domains,
    /// Machines; the first of them is remembered by its time.
    Machines,
}

const INCREMENT_COLUMNS: Columns =
    &[("license_id", ColumnType::Uuid), ("steps", ColumnType::Int), ("now", ColumnType::Int)];

/// Counts what was taken, by license. The limit is guarded once more where it is
/// written: no defect above this line can take what is not there.
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
