//! The change that webhooks get for a sync.

use domain::AccountId;
use domain::webhook::Trigger;

use crate::store::change_sink::Change;
use crate::store::entity::activations;

/// Returns the change of a machine that synced.
pub fn synced(row: &activations::Model) -> Change {
    let account = AccountId(row.account_id);
    Change { license: Some(row.license_id), ..Change::of_object(account, Trigger::MachineSynced, row.id) }
}
