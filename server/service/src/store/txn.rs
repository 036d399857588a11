//! Write transactions. There is one way to open one, and what changes state in
//! it is recorded in it.

use std::time::Duration;

use domain::event::Event;
use domain::{LicenseId, ProductId, Timestamp};
use sea_orm::error::ConnAcquireErr;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait as _, DatabaseTransaction, DbErr, Set, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait as _,
};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::Store;
use super::entity::{audit_entries, outbox_events};
use crate::cache::Cache;
use crate::{Actor, Clock, Result, new_id};

/// The channel on which PostgreSQL tells the other nodes which license changed.
pub(crate) const CHANNEL: &str = "countersign_changes";

/// How long a write waits in line before it is answered with "not now".
const TURN: Duration = Duration::from_secs(10);

/// What happened, for the audit log and for the outbox.
pub(crate) struct Entry {
    pub event: Event,
    pub license: Option<LicenseId>,
    pub product: Option<ProductId>,
    /// Particulars for people.
    pub detail: Option<String>,
    /// Particulars for machines.
    pub payload: serde_json::Value,
}

impl Entry {
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
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.payload[name] = value.into();
        self
    }
}

/// An open write transaction. Dropped without a commit, it rolls back.
pub(crate) struct WriteTxn {
    txn: DatabaseTransaction,
    sqlite: bool,
    changed: Vec<LicenseId>,
    cache: Cache,
    clock: Clock,
    turn: OwnedSemaphorePermit,
}

impl WriteTxn {
    /// Waits in line, then begins; on SQLite IMMEDIATE, so that what it reads
    /// stays true until it commits.
    #[allow(clippy::disallowed_methods, reason = "this is the room")]
    pub async fn begin(store: &Store, cache: &Cache, clock: &Clock) -> Result<Self> {
        let turn = timeout(TURN, store.write_turns().clone().acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let options = TransactionOptions {
            sqlite_transaction_mode: store.is_sqlite().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Self {
            txn: store.writer().begin_with_options(options).await?,
            sqlite: store.is_sqlite(),
            changed: Vec::new(),
            cache: cache.clone(),
            clock: clock.clone(),
            turn,
        })
    }

    /// For queries within the transaction.
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.txn
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether rows must be locked by name: SQLite's transaction holds them all.
    pub fn needs_row_locks(&self) -> bool {
        !self.sqlite
    }

    /// Writes the audit entry and the event of a change, and remembers that the
    /// license's snapshot is out of date.
    pub async fn record(&mut self, actor: &Actor, entry: Entry) -> Result<()> {
        let Entry { event, license, product, detail, payload } = entry;
        let now = self.clock.now().millis();
        let (actor_id, ip) = actor.by.user_and_ip();
        audit_entries::ActiveModel {
            id: Set(new_id()),
            account_id: Set(actor.account.0),
            license_id: Set(license.map(|id| id.0)),
            product_id: Set(product.map(|id| id.0)),
            actor_kind: Set(actor.by.kind().to_owned()),
            actor_id: Set(actor_id),
            actor_name: Set(actor.by.name().to_owned()),
            action: Set(event.word().to_owned()),
            detail: Set(detail),
            ip: Set(ip),
            created_at: Set(now),
        }
        .insert(&self.txn)
        .await?;
        outbox_events::ActiveModel {
            id: Set(new_id()),
            account_id: Set(actor.account.0),
            license_id: Set(license.map(|id| id.0)),
            product_id: Set(product.map(|id| id.0)),
            kind: Set(event.word().to_owned()),
            payload: Set(payload.to_string()),
            created_at: Set(now),
            ..Default::default()
        }
        .insert(&self.txn)
        .await?;
        self.changed.extend(license);
        Ok(())
    }

    /// Commits, and forgets the snapshots of what changed: here at once, on the
    /// other nodes by the database's own notification.
    ///
    /// Runs as a task of its own: a client that hangs up must not part the
    /// commit from the forgetting.
    pub async fn commit(self) -> Result<()> {
        let Self { txn, sqlite, changed, cache, turn, .. } = self;
        let committing = tokio::spawn(async move {
            let forget = Forget { cache, changed };
            if !sqlite {
                for license in &forget.changed {
                    notify(&txn, *license).await?;
                }
            }
            let committed = txn.commit().await;
            drop(forget);
            drop(turn);
            committed
        });
        match committing.await {
            Ok(committed) => Ok(committed?),
            Err(e) => Err(crate::Error::Internal(format!("commit: {e}"))),
        }
    }
}

/// Forgets on every way out: a commit whose answer was lost may have happened.
struct Forget {
    cache: Cache,
    changed: Vec<LicenseId>,
}

impl Drop for Forget {
    fn drop(&mut self) {
        for license in &self.changed {
            self.cache.forget(*license);
        }
    }
}

async fn notify(txn: &DatabaseTransaction, license: LicenseId) -> Result<(), DbErr> {
    let values = [CHANNEL.into(), license.to_string().into()];
    let statement =
        Statement::from_sql_and_values(txn.get_database_backend(), "SELECT pg_notify($1, $2)", values);
    txn.execute_raw(statement).await?;
    Ok(())
}
