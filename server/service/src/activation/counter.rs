//! Counters of used slots on a license row, domains and machines, and its mark as unused.

use std::collections::{BTreeMap, BTreeSet};

use domain::Timestamp;
use uuid::Uuid;

use crate::store::bulk_write::BulkWrite;
use crate::store::row_values::{ColumnType, Columns, row};

/// A counter of active domains or machines, bounded by a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counter {
    /// Domains that take a slot.
    Domains,
    /// Machines. Also sets `first_activated_at` once.
    Machines,
}

const INCREMENT_COLUMNS: Columns =
    &[("license_id", ColumnType::Uuid), ("steps", ColumnType::Int), ("now", ColumnType::Int)];

/// Adds the slots taken to the counters, by license, and removes the marks as unused. The UPDATE checks the
/// limit again, so that a defect in the callers cannot exceed it.
pub(crate) fn increments(counter: Counter, taken: &BTreeMap<Uuid, i32>, now: Timestamp) -> BulkWrite {
    let rows = taken.iter().map(|(license, steps)| row![*license, *steps, now.millis()]).collect();
    BulkWrite::new(INCREMENT_COLUMNS, rows, move |from| update_sql(counter, from))
}

/// Removes the marks of licenses that are used without a new slot. Leaves out those of [`increments`], because
/// one statement of PostgreSQL updates a row once.
pub(crate) fn unmark_used(licenses: &BTreeSet<Uuid>, taken: &BTreeMap<Uuid, i32>) -> BulkWrite {
    let rows = licenses.iter().filter(|license| !taken.contains_key(license));
    let rows = rows.map(|license| row![*license]).collect();
    BulkWrite::new(&[("license_id", ColumnType::Uuid)], rows, |from| {
        format!("UPDATE licenses SET marked_unused_at = NULL FROM {from} WHERE licenses.id = v.license_id")
    })
}

fn update_sql(counter: Counter, from: &str) -> String {
    let (used, limit, extra) = match counter {
        Counter::Domains => ("domains_used", "domain_limit", ""),
        Counter::Machines => {
            ("machines_used", "machine_limit", ", first_activated_at = COALESCE(first_activated_at, v.now)")
        }
    };
    format!(
        "UPDATE licenses SET {used} = {used} + v.steps, marked_unused_at = NULL{extra} FROM {from} \
         WHERE licenses.id = v.license_id AND ({limit} IS NULL OR {used} + v.steps <= {limit})"
    )
}
