//! Write transactions. [`WriteTxn::begin`] is the only way to open one, and every change of state
//! is recorded in the transaction that makes it.

mod commit;
mod record;

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use domain::trace_context::TraceContext;
use domain::{CustomerId, Timestamp};
use sea_orm::error::ConnAcquireErr;
use sea_orm::{DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait as _};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tracing::Instrument as _;
use uuid::Uuid;

use super::Store;
use super::bulk_write::{BulkWrite, execute_all};
use super::change_sink::{Captured, Change, ChangeContext};
use super::event_counts::AccountDay;
use super::invalidations::Invalidations;
use super::row_values::RowValues;
use crate::cache::LicenseCache;
use crate::{Clock, Result, trace};

/// Maximum wait for a write permit; after that the write fails as unavailable.
const WRITE_PERMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// An open write transaction. It rolls back if dropped without a commit.
pub(crate) struct WriteTxn {
    txn: DatabaseTransaction,
    invalidations: Invalidations,
    deferred: Vec<BulkWrite>,
    audit: Vec<RowValues>,
    customer_audit: Vec<RowValues>,
    changes: Vec<RowValues>,
    outbox: Vec<RowValues>,
    /// New activations, counted after the commit.
    activated: BTreeMap<AccountDay, i64>,
    /// Changes that webhooks may be notified of, and the objects that these delete.
    notified: Vec<Change>,
    captured: Captured,
    /// The trace of the request that makes the next changes.
    trace: Option<Arc<TraceContext>>,
    store: Store,
    cache: LicenseCache,
    clock: Clock,
    permit: OwnedSemaphorePermit,
}

impl WriteTxn {
    /// Waits for a write permit, then begins. On SQLite the transaction is IMMEDIATE, so that
    /// the rows it reads do not change until it commits.
    pub async fn begin(store: &Store, cache: &LicenseCache, clock: &Clock) -> Result<Self> {
        Self::open(store, cache, clock).instrument(tracing::trace_span!("transaction.begin")).await
    }

    #[allow(clippy::disallowed_methods, reason = "the only function allowed to begin a write transaction")]
    async fn open(store: &Store, cache: &LicenseCache, clock: &Clock) -> Result<Self> {
        let permit = timeout(WRITE_PERMIT_TIMEOUT, store.write_permits().clone().acquire_owned()).await;
        let permit =
            permit.ok().and_then(Result::ok).ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let options = TransactionOptions {
            sqlite_transaction_mode: store.is_sqlite().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Self {
            txn: store.writer().begin_with_options(options).await?,
            invalidations: Invalidations::default(),
            deferred: Vec::new(),
            audit: Vec::new(),
            customer_audit: Vec::new(),
            changes: Vec::new(),
            outbox: Vec::new(),
            activated: BTreeMap::new(),
            notified: Vec::new(),
            captured: Captured::default(),
            trace: trace::current(),
            store: store.clone(),
            cache: cache.clone(),
            clock: clock.clone(),
            permit,
        })
    }

    /// Returns the connection for queries within the transaction.
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.txn
    }

    /// Returns the license cache that the commit invalidates.
    pub fn cache(&self) -> &LicenseCache {
        &self.cache
    }

    /// Returns the current time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns whether rows must be locked explicitly. A write transaction of SQLite locks the
    /// whole database.
    pub fn needs_row_locks(&self) -> bool {
        !self.store.is_sqlite()
    }

    /// Sets the trace of the request that makes the next changes. For batches, whose worker has no request.
    pub fn set_trace(&mut self, trace: Option<Arc<TraceContext>>) {
        self.trace = trace;
    }

    /// Notifies webhooks of a change at commit. For changes without an audit entry.
    pub fn notify(&mut self, mut change: Change) {
        if self.store.change_sink.get().is_some() && !change.trigger.events().is_empty() {
            change.trace.clone_from(&self.trace);
            self.notified.push(change);
        }
    }

    /// Reads objects for webhooks before they are deleted.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn capture(&mut self, changes: &[Change]) -> Result<()> {
        let Some(sink) = self.store.change_sink.get().cloned() else { return Ok(()) };
        let captured = sink.capture(self.change_context(), changes).await?;
        self.captured.objects.extend(captured);
        Ok(())
    }

    /// Gives webhooks the token of a request to set a customer's password, of which the row has a digest.
    pub fn attach_reset_token(&mut self, customer: CustomerId, token: &str) {
        if self.store.change_sink.get().is_some() {
            self.captured.reset_tokens.insert(customer.0, token.to_owned());
        }
    }

    fn change_context(&self) -> ChangeContext<'_> {
        ChangeContext { conn: &self.txn, cache: &self.cache, now: self.clock.now() }
    }

    /// Defers a write to the commit, which sends it with the recorded events. Queries of this
    /// transaction do not see it.
    pub fn defer_write(&mut self, write: BulkWrite) {
        self.deferred.push(write);
    }

    /// Executes the deferred writes now, so that queries of this transaction see them.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn write_deferred(&mut self) -> Result<()> {
        let writes = mem::take(&mut self.deferred);
        execute_all(&self.txn, writes, Vec::new()).await?;
        Ok(())
    }

    /// Marks a license or customer for cache invalidation at commit. For changes without an audit
    /// event, such as a meter increment or an added name.
    pub fn invalidate(&mut self, id: Uuid) {
        self.invalidations.changed.push(id);
    }

    /// Announces a change of a license or an account to live pages at commit, without cache invalidation. For
    /// rows that no cache holds.
    pub fn announce(&mut self, id: Uuid) {
        self.invalidations.announced.push(id);
    }

    /// Marks everything for cache invalidation at commit. For a change of all licenses of an account.
    pub fn invalidate_all(&mut self) {
        self.invalidations.all = true;
    }
}
