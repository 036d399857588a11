//! Commits a write transaction: the deferred writes and recorded events in one round trip, then the invalidation.

use std::mem;
use std::sync::Arc;

use tracing::Instrument as _;

use super::WriteTxn;
use crate::Result;
use crate::store::bulk_write::{BulkWrite, execute_all};
use crate::store::invalidations::InvalidateOnDrop;
use crate::store::row_values::{ColumnType, Columns};

/// The columns of all audit entries.
const AUDIT_COLUMNS: Columns = CUSTOMER_AUDIT_COLUMNS.split_at(11).0;

/// The columns of audit entries that name a customer.
const CUSTOMER_AUDIT_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("license_id", ColumnType::Uuid),
    ("product_id", ColumnType::Uuid),
    ("actor_kind", ColumnType::Text),
    ("actor_id", ColumnType::Uuid),
    ("actor_name", ColumnType::Text),
    ("action", ColumnType::Text),
    ("detail", ColumnType::Text),
    ("ip", ColumnType::Text),
    ("created_at", ColumnType::Int),
    ("customer_id", ColumnType::Uuid),
];

const CHANGES_COLUMNS: Columns = &[
    ("account_id", ColumnType::Uuid),
    ("entry_id", ColumnType::Uuid),
    ("resource_id", ColumnType::Uuid),
    ("changes", ColumnType::Text),
    ("event", ColumnType::Text),
];

const OUTBOX_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("license_id", ColumnType::Uuid),
    ("product_id", ColumnType::Uuid),
    ("kind", ColumnType::Text),
    ("payload", ColumnType::Text),
    ("created_at", ColumnType::Int),
];

impl WriteTxn {
    /// Writes the deferred writes and recorded events, commits, and invalidates the cached
    /// snapshots of everything changed: directly on this node, by notification on the others.
    ///
    /// Runs as a separate task, because a client that disconnects must not cancel the
    /// invalidation after the commit.
    pub async fn commit(self) -> Result<()> {
        let span = tracing::trace_span!("transaction.commit");
        let commit_task = async move {
            let store = self.store.clone();
            let committed = self.write_and_commit().await;
            store.on_commit(committed.is_ok());
            committed
        };
        let commit_task = tokio::spawn(commit_task.instrument(span));
        commit_task.await.unwrap_or_else(|e| Err(crate::Error::Internal(format!("commit: {e}"))))
    }

    async fn write_and_commit(mut self) -> Result<()> {
        let events = self.flush_deferred().await?;
        let has_deliveries = self.flush_notified().await?;
        let Self { txn, invalidations, cache, permit, store, activated, .. } = self;
        // PostgreSQL notifies this process too.
        let live = store.is_sqlite().then(|| Arc::clone(&store.live));
        let invalidation = InvalidateOnDrop { cache, live, changes: invalidations };
        let committed = txn.commit().await;
        drop(invalidation);
        // Only after the commit: after a rollback any process may get the same event ids.
        if committed.is_ok() {
            store.activation_counts.add(activated);
            if let Some(sink) = store.change_sink.get().filter(|_| has_deliveries) {
                sink.committed();
            }
            if let Some(events) = events {
                store.local_events.extend(events);
            }
        }
        drop(permit);
        Ok(committed?)
    }

    /// Writes the events for webhooks, which hold the objects as the deferred writes have left them. Returns
    /// whether there are any.
    async fn flush_notified(&mut self) -> Result<bool> {
        let (changes, captured) = (mem::take(&mut self.notified), mem::take(&mut self.captured));
        let sink = self.store.change_sink.get().filter(|_| !changes.is_empty()).cloned();
        let Some(sink) = sink else { return Ok(false) };
        let writes = sink.stage(self.change_context(), &changes, &captured).await?;
        let has_writes = !writes.is_empty();
        execute_all(&self.txn, writes, Vec::new()).await?;
        Ok(has_writes)
    }

    /// Executes all pending writes. On SQLite, returns the first and the last row number of the
    /// outbox events, if any.
    async fn flush_deferred(&mut self) -> Result<Option<(i64, i64)>> {
        let events = i64::try_from(self.outbox.len()).unwrap_or(0);
        let mut writes = mem::take(&mut self.deferred);
        writes.push(BulkWrite::insert("audit_entries", AUDIT_COLUMNS, mem::take(&mut self.audit)));
        let of_customers = mem::take(&mut self.customer_audit);
        writes.push(BulkWrite::insert("audit_entries", CUSTOMER_AUDIT_COLUMNS, of_customers));
        writes.push(BulkWrite::insert("audit_changes", CHANGES_COLUMNS, mem::take(&mut self.changes)));
        writes.push(BulkWrite::insert("outbox_events", OUTBOX_COLUMNS, mem::take(&mut self.outbox)));
        // SQLite has no notifications; other processes poll the outbox.
        let notifications = if self.store.is_sqlite() {
            Vec::new()
        } else {
            self.invalidations.notifications(self.store.live.is_watched())
        };
        let last = execute_all(&self.txn, writes, notifications).await?;
        // The numbers are consecutive: this transaction is the only writer, and the events are its last
        // rows.
        Ok(last.filter(|_| events > 0).map(|last| (last - events + 1, last)))
    }
}
