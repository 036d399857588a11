//! The rule when a request of a machine needs no write.

use domain::Timestamp;
use domain::activation::Decision;
use domain::machine::Lease;

use super::ActivationRequest;
use super::binding::{MachineActivation, decide_binding};
use super::lookup::product_matches;
use super::machine_info::info_unchanged;
use crate::Result;
use crate::store::convert;

/// Maximum age of the stored sync time in milliseconds. Within it a sync needs no write.
const MAX_SYNC_AGE_MS: i64 = 60_000;

/// Returns whether the machine is active, reports what is stored, and was written recently.
pub fn is_unchanged(bound: &MachineActivation, request: &ActivationRequest, now: Timestamp) -> Result<bool> {
    let MachineActivation { license, product, activation, .. } = bound;
    let rules = convert::rules_in_force(product, license);
    if !product_matches(product, &request.raw_product_id)
        || rules.admit(&request.machine, request.address).is_err()
        || decide_binding(license, 0, true, now)? != Decision::AlreadyActive
    {
        return Ok(false);
    }
    let synced = activation.last_synced_at.unwrap_or(0);
    let requested = rules.requested_lease(request.lease);
    let lease = rules.machines.lease.map(|granted| Lease::grant(granted, requested).seconds() * 1000);
    // A lease may age by a tenth of its duration before it is written again.
    let fresh_for = lease.map_or(MAX_SYNC_AGE_MS, |lease| std::cmp::min(MAX_SYNC_AGE_MS, lease / 10));
    let stored_lease = activation.lease_expires_at.map(|expiry| expiry - synced);
    Ok(request.meters.is_empty()
        && activation.offline_until.is_none()
        && stored_lease == lease
        && (0..fresh_for).contains(&(now.millis() - synced))
        && info_unchanged(activation, &request.machine))
}
