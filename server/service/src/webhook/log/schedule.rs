//! Schedules deliveries again, from the first attempt.

use domain::webhook::DeliveryState;
use uuid::Uuid;

use crate::new_id;
use crate::store::WriteTxn;
use crate::store::bulk_write::BulkWrite;
use crate::store::entity::{webhook_attempts, webhook_deliveries, webhooks};
use crate::store::row_values::{ColumnType, Columns, row};

const COLUMNS: Columns = &[("id", ColumnType::Uuid), ("log_id", ColumnType::Uuid), ("now", ColumnType::Int)];

/// A delivery to schedule.
pub(super) struct Again {
    pub id: Uuid,
    pub event: String,
}

/// Schedules locked deliveries of a webhook at once, by hand. Returns the ids of their new entries in the log.
pub(super) fn schedule(txn: &mut WriteTxn, webhook: &webhooks::Model, deliveries: &[Again]) -> Vec<Uuid> {
    let now = txn.now().millis();
    let state = DeliveryState::Pending.as_str();
    let (mut changes, mut entries, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for delivery in deliveries {
        let log_id = new_id();
        changes.push(row![delivery.id, log_id, now]);
        entries.push(row![
            log_id,
            webhook.account_id,
            webhook.id,
            delivery.id,
            delivery.event.clone(),
            webhook.url.clone(),
            1_i64,
            state,
            true,
            now,
            now,
        ]);
        ids.push(log_id);
    }
    txn.defer_write(BulkWrite::new(COLUMNS, changes, |from| {
        format!(
            "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, due_at = v.now, leased_by = NULL, \
             log_id = v.log_id, is_manual = TRUE, state_at = v.now FROM {from} WHERE webhook_deliveries.id = v.id"
        )
    }));
    txn.defer_write(BulkWrite::insert("webhook_attempts", webhook_attempts::WAITING_COLUMNS, entries));
    ids
}

/// Returns whether a delivery can be scheduled: it does not wait already.
pub(super) fn is_ended(model: &webhook_deliveries::Model) -> bool {
    model.state != DeliveryState::Pending.as_str()
}
