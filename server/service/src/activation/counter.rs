//! What a license counts: its domains and its machines.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::store::WriteTxn;
use crate::store::bulk::{self, Columns, Kind, row};
use crate::{Error, Result};

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
///
/// # Errors
/// When a license had not as much left; nothing must be committed then.
pub(crate) async fn step(txn: &WriteTxn, counter: Counter, taken: &BTreeMap<Uuid, i32>) -> Result<()> {
    let now = txn.now().millis();
    let rows: Vec<_> = taken.iter().map(|(license, steps)| row![*license, *steps, now]).collect();
    let updated = bulk::run(txn, rows, |from| sql(counter, from), STEPS).await?;
    if usize::try_from(updated).ok() == Some(taken.len()) {
        Ok(())
    } else {
        Err(Error::Internal(format!("{counter:?}: what was free was not there any more at its writing")))
    }
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
