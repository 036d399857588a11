//! Counters of used slots on a license row, domains and machines, and its mark as unused.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Period, Timestamp};
use uuid::Uuid;

use crate::store::bulk_write::BulkWrite;
use crate::store::row_values::{ColumnType, Columns, row};

/// A counter of active domains or machines, bounded by a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counter {
    /// Domains that take a slot.
    Domains,
    /// Machines.
    Machines,
}

const INCREMENT_COLUMNS: Columns = START_COLUMNS.split_at(3).0;

const START_COLUMNS: Columns = &[
    ("license_id", ColumnType::Uuid),
    ("steps", ColumnType::Int),
    ("now", ColumnType::Int),
    ("expires_at", ColumnType::Int),
];

/// The start of an interval that waited for the first activation.
#[derive(Clone, Copy)]
pub(crate) struct IntervalStart {
    /// The first activation.
    pub at: Timestamp,
    /// The expiry that follows.
    pub expires_at: Timestamp,
}

/// Adds the slots taken to the counters, by license, removes the marks as unused, and sets the time of the
/// first activation once. A first activation may take 0 slots. The UPDATE checks the limit again, so that a
/// defect in the callers cannot exceed it.
///
/// `starts` are the licenses whose interval this activation starts. They have a statement of
/// their own, because SQLite writes the indexes of a column whenever a statement sets it.
pub(crate) fn increments(
    counter: Counter,
    taken: &BTreeMap<Uuid, i32>,
    starts: &BTreeMap<Uuid, IntervalStart>,
    now: Timestamp,
) -> [BulkWrite; 2] {
    let (mut running, mut starting) = (Vec::with_capacity(taken.len()), Vec::new());
    for (license, steps) in taken {
        match starts.get(license) {
            Some(IntervalStart { at, expires_at }) => {
                starting.push(row![*license, *steps, at.millis(), expires_at.millis()]);
            }
            None => running.push(row![*license, *steps, now.millis()]),
        }
    }
    let start = ", expires_at = v.expires_at, pending_interval = NULL, updated_at = v.now";
    [
        BulkWrite::new(INCREMENT_COLUMNS, running, move |from| update_sql(counter, "", from)),
        BulkWrite::new(START_COLUMNS, starting, move |from| update_sql(counter, start, from)),
    ]
}

/// Starts the interval that waits for the first activation, on the row that a transaction has locked. Returns
/// the start, which [`increments`] writes.
pub(crate) fn start_interval(
    pending_interval: &mut Option<String>,
    expires_at: &mut Option<i64>,
    now: Timestamp,
) -> Option<IntervalStart> {
    let interval: Period = pending_interval.take()?.parse().ok()?;
    let start = IntervalStart { at: now, expires_at: now.plus_period(interval) };
    *expires_at = Some(start.expires_at.millis());
    Some(start)
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

fn update_sql(counter: Counter, extra: &str, from: &str) -> String {
    let (used, limit) = match counter {
        Counter::Domains => ("domains_used", "domain_limit"),
        Counter::Machines => ("machines_used", "machine_limit"),
    };
    format!(
        "UPDATE licenses SET {used} = {used} + v.steps, marked_unused_at = NULL, \
         first_activated_at = COALESCE(first_activated_at, v.now){extra} FROM {from} \
         WHERE licenses.id = v.license_id AND (v.steps = 0 OR {limit} IS NULL OR {used} + v.steps <= {limit})"
    )
}
