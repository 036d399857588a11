//! Write transactions. [`WriteTxn::begin`] is the only way to open one, and every change of state
//! is recorded in the transaction that makes it.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use domain::event::Event;
use domain::webhook::Trigger;
use domain::{CustomerId, LicenseId, ProductId, Timestamp};
use sea_orm::error::ConnAcquireErr;
use sea_orm::{DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait as _};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use uuid::Uuid;

use super::Store;
use super::bulk_write::{BulkWrite, execute_all};
use super::change_sink::{Captured, Change, ChangeContext};
use super::changes::Changes;
use super::event_counts::AccountDay;
use super::invalidations::{InvalidateOnDrop, Invalidations};
use super::row_values::{ColumnType, Columns, RowValues, row};
use crate::cache::LicenseCache;
use crate::{Actor, Clock, Result, new_id};

/// Events of activations and machines, which change the counts of an overview.
const ACTIVATION_EVENTS: [Event; 3] =
    [Event::ActivationCreated, Event::ActivationDeleted, Event::ActivationExpired];

/// Maximum wait for a write permit; after that the write fails as unavailable.
const WRITE_PERMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// The payload's field with the changes of an event, which the audit log takes out.
const CHANGES: &str = "changes";
/// The payload's field with the object of an event that is no license, product or customer; taken out as well.
const RESOURCE: &str = "resource";

/// An event for the audit log and the outbox.
pub(crate) struct AuditEvent {
    pub event: Event,
    pub license: Option<LicenseId>,
    pub product: Option<ProductId>,
    /// Details for people, in the audit log.
    pub detail: Option<String>,
    /// Details for programs, in the outbox.
    pub payload: serde_json::Value,
}

impl AuditEvent {
    /// Creates an event about a license.
    pub fn license(event: Event, license: LicenseId) -> Self {
        Self {
            event,
            license: Some(license),
            product: None,
            detail: None,
            payload: serde_json::json!({ "license_id": license }),
        }
    }

    /// Creates an event about a customer. Its payload holds no personal data, because outbox events
    /// cannot be erased from the systems that receive them.
    pub fn customer(event: Event, customer: CustomerId) -> Self {
        Self {
            event,
            license: None,
            product: None,
            detail: None,
            payload: serde_json::json!({ "customer_id": customer }),
        }
    }

    /// Creates an event about another object. `field` is the name of its id in the payload.
    pub fn object(event: Event, field: &'static str, id: Uuid) -> Self {
        Self {
            event,
            license: None,
            product: None,
            detail: None,
            payload: serde_json::json!({ field: id, RESOURCE: id }),
        }
    }

    /// Sets what the event changed, for the event log. The outbox does not get it.
    pub fn changes(self, changes: Changes) -> Self {
        if changes.is_empty() { self } else { self.with_payload(CHANGES, changes.into_json()) }
    }

    /// Sets the details for people.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a field to the payload.
    pub fn with_payload(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.payload[name] = value.into();
        self
    }
}

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
    store: Store,
    cache: LicenseCache,
    clock: Clock,
    permit: OwnedSemaphorePermit,
}

impl WriteTxn {
    /// Waits for a write permit, then begins. On SQLite the transaction is IMMEDIATE, so that
    /// the rows it reads do not change until it commits.
    #[allow(clippy::disallowed_methods, reason = "the only function allowed to begin a write transaction")]
    pub async fn begin(store: &Store, cache: &LicenseCache, clock: &Clock) -> Result<Self> {
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

    /// Records the audit entry and the outbox event of a change, which the commit writes, and
    /// marks the license for cache invalidation.
    pub fn record(&mut self, actor: &Actor, entry: AuditEvent) {
        let trigger = Trigger::Recorded(entry.event);
        self.record_as(actor, trigger, entry);
    }

    /// Like [`WriteTxn::record`], with another event for webhooks than that of the audit entry.
    pub fn record_as(&mut self, actor: &Actor, trigger: Trigger, entry: AuditEvent) {
        let row = self.record_event(actor, entry, trigger, None);
        self.audit.push(row);
    }

    /// Like [`WriteTxn::record`], with the activation, trial or webhook that the change is about.
    pub fn record_about(&mut self, actor: &Actor, object: Uuid, entry: AuditEvent) {
        let trigger = Trigger::Recorded(entry.event);
        let row = self.record_event(actor, entry, trigger, Some(object));
        self.audit.push(row);
    }

    /// Like [`WriteTxn::record`], for an entry about a customer, or whose detail holds the customer's
    /// name or address: an erasure of the customer finds it. Also invalidates the cached customer.
    pub fn record_of_customer(&mut self, actor: &Actor, customer: CustomerId, entry: AuditEvent) {
        let trigger = Trigger::Recorded(entry.event);
        let mut row = self.record_event(actor, entry, trigger, Some(customer.0));
        row.push(customer.0.into());
        self.customer_audit.push(row);
        self.invalidations.changed.push(customer.0);
    }

    /// Adds the outbox event and the invalidations, and returns the row of the audit entry.
    fn record_event(
        &mut self,
        actor: &Actor,
        entry: AuditEvent,
        trigger: Trigger,
        object: Option<Uuid>,
    ) -> RowValues {
        let AuditEvent { event, license, product, detail, mut payload } = entry;
        let (id, now) = (new_id(), self.clock.now());
        let resource = self.add_changes(actor, id, &mut payload);
        let (license_id, product_id) = (license.map(|id| id.0), product.map(|id| id.0));
        self.notify(Change {
            account: actor.account,
            trigger,
            license: license_id,
            product: product_id,
            object: object.or(resource),
        });
        if event == Event::ActivationCreated {
            *self.activated.entry((actor.account, now.day())).or_default() += 1;
        }
        let (now, account) = (now.millis(), actor.account.0);
        let (actor_id, ip) = actor.principal.actor_id_and_ip();
        let audit = row![
            id,
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
        ];
        self.outbox.push(row![
            new_id(),
            account,
            license_id,
            product_id,
            event.as_str(),
            payload.to_string(),
            now
        ]);
        // A seller may give a license a key that an app has sent before.
        self.invalidations.issued |= matches!(event, Event::LicenseIssued | Event::LicenseKeyReplaced);
        self.invalidations.changed.extend(license_id);
        // An overview shows activations once they are counted, which the flush announces.
        if license_id.is_some() && !ACTIVATION_EVENTS.contains(&event) {
            self.announce(account);
        }
        if event.changes_access() {
            self.invalidations.changed.push(account);
        }
        if event == Event::ProductUpdated {
            self.invalidations.changed.extend(product_id);
        }
        audit
    }

    /// Notifies webhooks of a change at commit. For changes without an audit entry.
    pub fn notify(&mut self, change: Change) {
        if self.store.change_sink.get().is_some() && !change.trigger.events().is_empty() {
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

    /// Takes the changes and the object of an entry out of its payload. Returns the object.
    fn add_changes(&mut self, actor: &Actor, entry: Uuid, payload: &mut serde_json::Value) -> Option<Uuid> {
        let fields = payload.as_object_mut()?;
        let resource = fields.remove(RESOURCE);
        let resource = resource.as_ref().and_then(|id| id.as_str()?.parse::<Uuid>().ok());
        let changes = fields.remove(CHANGES).filter(serde_json::Value::is_array);
        if resource.is_some() || changes.is_some() {
            let changes = changes.map_or_else(|| "[]".to_owned(), |changes| changes.to_string());
            self.changes.push(row![actor.account.0, entry, resource, changes]);
        }
        resource
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

    /// Writes the deferred writes and recorded events, commits, and invalidates the cached
    /// snapshots of everything changed: directly on this node, by notification on the others.
    ///
    /// Runs as a separate task, because a client that disconnects must not cancel the
    /// invalidation after the commit.
    pub async fn commit(self) -> Result<()> {
        let commit_task = tokio::spawn(async move {
            let store = self.store.clone();
            let committed = self.write_and_commit().await;
            store.on_commit(committed.is_ok());
            committed
        });
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
