//! Leases deliveries that are due.

use std::sync::Arc;

use domain::Timestamp;
use domain::webhook::WebhookStatus;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, FromQueryResult, QueryFilter as _, Statement,
};
use uuid::Uuid;

use super::retire::{delete_of_missing, skip};
use super::target::Target;
use crate::store::WriteTxn;
use crate::store::entity::{accounts, webhooks};
use crate::webhook::stored;
use crate::{Result, Service};

/// How long a lease keeps other nodes off, in milliseconds. An attempt begins only if it ends before.
const LEASE_MS: i64 = 60_000;
/// How long an attempt may follow a claim without a look at changes of the webhook, in milliseconds.
const MAX_UNCHECKED_MS: i64 = 1_000;
/// Bytes of bodies that one claim of a webhook reads, beyond its first delivery.
const MAX_BYTES_PER_CLAIM: usize = 1 << 20;

/// A leased delivery.
#[derive(FromQueryResult)]
pub(super) struct Claimed {
    pub id: Uuid,
    pub event: String,
    pub body_sealed: Vec<u8>,
    pub attempts: i32,
    pub log_id: Option<Uuid>,
    pub is_manual: bool,
    /// The end of the lease.
    pub due_at: i64,
    pub trace_parent: Option<String>,
    pub trace_state: Option<String>,
}

/// When a claim has read a webhook.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadMark {
    /// The version of the license cache, whose slot of the account changes with its webhooks and its suspension.
    version: u64,
    /// The end of the claim.
    at: Timestamp,
}

impl ReadMark {
    /// Creates a mark.
    pub fn new(version: u64, at: Timestamp) -> Self {
        Self { version, at }
    }

    /// Returns whether the webhook may have changed since, so that it is to be read again before an attempt. A mark
    /// of the last second is good, so that attempts are made also while changes of other processes do not arrive.
    pub fn is_stale(self, service: &Service, account: Uuid) -> bool {
        let age = service.now().millis().saturating_sub(self.at.millis());
        age > MAX_UNCHECKED_MS && !service.cache.is_fresh(self.version, [account])
    }
}

/// The deliveries of a webhook that a claim has leased.
pub(super) struct ClaimedLane {
    pub target: Arc<Target>,
    pub read: ReadMark,
    /// Whether the webhook is enabled and not suspended. Else the deliveries are those that a member asked for.
    pub is_sending: bool,
    pub deliveries: Vec<Claimed>,
    /// Whether more may be due.
    pub has_more: bool,
}

/// Leases deliveries of webhooks, each up to its number. Deliveries of webhooks that are suspended or disabled are
/// skipped, unless a member asked for them; those of a webhook that is gone are deleted; those of an account that
/// the operator suspended wait.
pub(super) async fn claim(
    service: &Service,
    node: Uuid,
    wants: &[(Uuid, usize)],
) -> Result<Vec<ClaimedLane>> {
    if wants.is_empty() {
        return Ok(Vec::new());
    }
    let version = service.cache.version();
    // The webhooks are read within the transaction, because the wait for it is long on a busy node.
    let txn = service.begin_write().await?;
    let ids = wants.iter().map(|(id, _)| *id);
    let models = webhooks::Entity::find().filter(webhooks::Column::Id.is_in(ids)).all(txn.conn()).await?;
    let accounts = models.iter().map(|model| model.account_id).collect();
    let suspended = suspended_accounts(txn.conn(), accounts).await?;
    let mut lanes: Vec<ClaimedLane> = Vec::new();
    for (id, limit) in wants {
        let Some(model) = models.iter().find(|model| model.id == *id) else {
            delete_of_missing(&txn, *id).await?;
            continue;
        };
        if suspended.contains(&model.account_id) {
            continue;
        }
        let is_sending = model.is_enabled && stored::status(model)? != WebhookStatus::Suspended;
        if !is_sending {
            skip(&txn, model).await?;
        }
        let target = match Target::open(&service.keys, model, txn.now()) {
            Ok(target) => target,
            // During a rotation of the master key, another node may know the new key before this one.
            Err(error) => {
                tracing::error!(webhook = %id, %error, "secret of a webhook can't be opened; its deliveries wait");
                continue;
            }
        };
        let deliveries = lease(&txn, node, *id, *limit, is_sending).await?;
        let bytes: usize = deliveries.iter().map(|delivery| delivery.body_sealed.len()).sum();
        let has_more = deliveries.len() >= *limit || bytes >= MAX_BYTES_PER_CLAIM;
        let read = ReadMark::new(version, txn.now());
        lanes.push(ClaimedLane { target, read, is_sending, deliveries, has_more });
    }
    txn.commit().await?;
    let read = ReadMark::new(version, service.now());
    for lane in &mut lanes {
        lane.read = read;
    }
    Ok(lanes)
}

/// Leases the deliveries of a webhook that waited longest.
async fn lease(
    txn: &WriteTxn,
    node: Uuid,
    webhook: Uuid,
    limit: usize,
    is_sending: bool,
) -> Result<Vec<Claimed>> {
    let now = txn.now();
    let (lock, only_manual) = (
        if txn.needs_row_locks() { "FOR UPDATE SKIP LOCKED" } else { "" },
        if is_sending { "" } else { "AND is_manual" },
    );
    // Locked rows are skipped, because another node leases them. Literals, because the index is partial.
    let sql = format!(
        "UPDATE webhook_deliveries SET leased_by = $1, due_at = $2 WHERE id IN (SELECT id FROM \
         (SELECT id, sum(bytes) OVER (ORDER BY due_at, id) - bytes AS bytes_before FROM \
         (SELECT id, due_at, length(body_sealed) AS bytes FROM webhook_deliveries WHERE webhook_id = $3 \
         AND state = 'pending' AND due_at <= $4 {only_manual} ORDER BY due_at, id LIMIT {limit} {lock}) AS due) \
         AS sized WHERE bytes_before < {MAX_BYTES_PER_CLAIM}) \
         RETURNING id, event, body_sealed, attempts, log_id, is_manual, due_at, trace_parent, trace_state"
    );
    let values = [node.into(), lease_end(now).millis().into(), webhook.into(), now.millis().into()];
    let statement = Statement::from_sql_and_values(txn.conn().get_database_backend(), sql, values);
    let mut claimed = Claimed::find_by_statement(statement).all(txn.conn()).await?;
    claimed.sort_by_key(|delivery| delivery.id);
    Ok(claimed)
}

fn lease_end(now: Timestamp) -> Timestamp {
    now.plus_millis(LEASE_MS)
}

/// Returns those of the accounts that the operator has suspended.
pub(super) async fn suspended_accounts(db: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<Vec<Uuid>> {
    let find = accounts::Entity::find()
        .filter(accounts::Column::Id.is_in(ids))
        .filter(accounts::Column::SuspendedAt.is_not_null());
    let found = find.all(db).await?;
    Ok(found.into_iter().map(|account| account.id).collect())
}
