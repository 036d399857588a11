//! Write transactions. There is one way to open one, and what changes state in
//! it is recorded in it.

use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;

use domain::event::Event;
use domain::{LicenseId, ProductId, Timestamp};
use sea_orm::error::ConnAcquireErr;
use sea_orm::{DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait as _};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use uuid::Uuid;

use super::Store;
use super::bulk_write::{BulkWrite, execute_all};
use super::row_values::{ColumnType, Columns, RowValues, row};
use crate::cache::LicenseCache;
use crate::{Actor, Clock, Result, new_id};

/// The channel on which PostgreSQL tells the other nodes which license changed.
pub(crate) const NOTIFY_CHANNEL: &str = "countersign_changes";

/// How long a write waits in line before it is answered with "not now".
const WRITE_PERMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// What happened, for the audit log and for the outbox.
pub(crate) struct AuditEvent {
    pub event: Event,
    pub license: Option<LicenseId>,
    pub product: Option<ProductId>,
    /// Particulars for people.
    pub detail: Option<String>,
    /// Particulars for machines.
    pub payload: serde_json::Value,
}

impl AuditEvent {
    /// Something that happened to a license.
    pub fn license(event: Event, license: LicenseId) -> Self {
        Self {
            event,
            license: Some(license),
            product: None,
            detail: None,
            payload: serde_json::json!({ "license_id": license }),
        }
    }

    /// With particulars for people.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With one more particular for machines.
    pub fn with_payload(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.payload[name] = value.into();
        self
    }
}

const AUDIT_COLUMNS: Columns = &[
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

/// An open write transaction. Dropped without a commit, it rolls back.
pub(crate) struct WriteTxn {
    txn: DatabaseTransaction,
    invalidations: Invalidations,
    deferred: Vec<BulkWrite>,
    audit: Vec<RowValues>,
    outbox: Vec<RowValues>,
    store: Store,
    cache: LicenseCache,
    clock: Clock,
    permit: OwnedSemaphorePermit,
}

impl WriteTxn {
    /// Waits in line, then begins; on SQLite IMMEDIATE, so that what it reads
    /// stays true until it commits.
    #[allow(clippy::disallowed_methods, reason = "this is the room")]
    pub async fn begin(store: &Store, cache: &LicenseCache, clock: &Clock) -> Result<Self> {
        let turn = timeout(WRITE_PERMIT_TIMEOUT, store.write_permits().clone().acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let options = TransactionOptions {
            sqlite_transaction_mode: store.is_sqlite().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Self {
            txn: store.writer().begin_with_options(options).await?,
            invalidations: Invalidations::default(),
            deferred: Vec::new(),
            audit: Vec::new(),
            outbox: Vec::new(),
            store: store.clone(),
            cache: cache.clone(),
            clock: clock.clone(),
            permit: turn,
        })
    }

    /// For queries within the transaction.
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.txn
    }

    /// What is known of what changed.
    pub fn cache(&self) -> &LicenseCache {
        &self.cache
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether rows must be locked by name: SQLite's transaction holds them all.
    pub fn needs_row_locks(&self) -> bool {
        !self.store.is_sqlite()
    }

    /// Takes down the audit entry and the event of a change, and that the license's
    /// snapshot is out of date. Both are written by the commit.
    pub fn record(&mut self, actor: &Actor, entry: AuditEvent) {
        let AuditEvent { event, license, product, detail, payload } = entry;
        let (now, account) = (self.clock.now().millis(), actor.account.0);
        let (actor_id, ip) = actor.principal.actor_id_and_ip();
        let (license_id, product_id) = (license.map(|id| id.0), product.map(|id| id.0));
        self.audit.push(row![
            new_id(),
            account,
            license_id,
            product_id,
            actor.principal.kind(),
            actor_id,
            actor.principal.name(),
            event.as_str(),
            detail,
            ip,
            now,
        ]);
        self.outbox.push(row![
            new_id(),
            account,
            license_id,
            product_id,
            event.as_str(),
            payload.to_string(),
            now
        ]);
        self.invalidations.issued |= event == Event::LicenseIssued;
        self.invalidations.changed.extend(license_id);
        if event == Event::ProductUpdated {
            self.invalidations.changed.extend(product_id);
        }
    }

    /// Leaves something to be written by the commit, together with what is recorded. No
    /// query of this transaction sees it.
    pub fn defer_write(&mut self, write: BulkWrite) {
        self.deferred.push(write);
    }

    /// Remembers that what is known of a license or a customer is out of date, where
    /// nothing is recorded of that: a meter was counted on, a name was added.
    pub fn invalidate(&mut self, id: Uuid) {
        self.invalidations.changed.push(id);
    }

    /// Writes what was left for it and what was recorded, commits, and forgets the
    /// snapshots of what changed: here at once, on the other nodes by the database's own
    /// notification.
    ///
    /// Runs as a task of its own: a client that hangs up must not part the
    /// commit from the forgetting.
    pub async fn commit(self) -> Result<()> {
        let committing = tokio::spawn(async move {
            let store = self.store.clone();
            let committed = self.write_and_commit().await;
            store.on_commit(committed.is_ok());
            committed
        });
        committing.await.unwrap_or_else(|e| Err(crate::Error::Internal(format!("commit: {e}"))))
    }

    async fn write_and_commit(mut self) -> Result<()> {
        let events = self.flush_deferred().await?;
        let Self { txn, invalidations: forget, cache, permit: turn, store, .. } = self;
        let forget = InvalidateOnDrop { cache, changes: forget };
        let committed = txn.commit().await;
        drop(forget);
        // Only now: the numbers of what was not committed are given again, to anybody.
        if let (Ok(()), Some(events)) = (&committed, events) {
            store.local_events.extend(events);
        }
        drop(turn);
        Ok(committed?)
    }

    /// Of the events, the numbers of the first and the last, where they have any on SQLite.
    async fn flush_deferred(&mut self) -> Result<Option<(i64, i64)>> {
        let events = i64::try_from(self.outbox.len()).unwrap_or(0);
        let mut writes = mem::take(&mut self.deferred);
        writes.push(BulkWrite::insert("audit_entries", AUDIT_COLUMNS, mem::take(&mut self.audit)));
        writes.push(BulkWrite::insert("outbox_events", OUTBOX_COLUMNS, mem::take(&mut self.outbox)));
        // On SQLite there is nobody to be told.
        let said = if self.store.is_sqlite() { String::new() } else { self.invalidations.notify_payload() };
        let notice = (!said.is_empty()).then_some((NOTIFY_CHANNEL, said));
        let last = execute_all(&self.txn, writes, notice).await?;
        // Nobody else writes meanwhile, and these come last.
        Ok(last.filter(|_| events > 0).map(|last| (last - events + 1, last)))
    }
}

/// What a transaction changes that others keep in memory.
#[derive(Default)]
struct Invalidations {
    /// Licenses and products.
    changed: Vec<Uuid>,
    /// Whether keys that were unknown are known now.
    issued: bool,
}

/// Ids in one notification: PostgreSQL takes 8,000 bytes.
const MAX_IDS_PER_NOTIFY: usize = 200;

impl Invalidations {
    /// For the other nodes: a `+` where licenses were issued, and the ids; nothing
    /// but the sign where there are too many to name. Empty where nothing changed.
    fn notify_payload(&self) -> String {
        let mut said = String::from(if self.issued { "+" } else { "" });
        let ids: BTreeSet<_> = self.changed.iter().collect();
        if ids.len() <= MAX_IDS_PER_NOTIFY {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            said.push_str(&ids.join(","));
        } else {
            said.push('*');
        }
        said
    }
}

/// Forgets on every way out: a commit whose answer was lost may have happened.
struct InvalidateOnDrop {
    cache: LicenseCache,
    changes: Invalidations,
}

impl Drop for InvalidateOnDrop {
    fn drop(&mut self) {
        if self.changes.issued {
            self.cache.invalidate_missing();
        }
        for id in &self.changes.changed {
            self.cache.invalidate(*id);
        }
    }
}
