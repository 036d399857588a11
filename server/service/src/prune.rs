//! Deletes what is beyond its retention, in small batches: events, audit entries, refusals, invitations, mails,
//! kept answers, deliveries of webhooks and events of shops. On PostgreSQL, events and audit entries are dropped with
//! the partition of their month (see [`partition`]).

use domain::{AccountId, Timestamp};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QuerySelect as _, Statement, Value};
use uuid::Uuid;

use crate::partition::{self, LogTable};
use crate::store::entity::accounts;
use crate::{Error, Result, Service, audit, idempotency, purchase, random};

/// Rows deleted in one transaction, so that other writers do not wait long.
const ROWS_PER_TXN: u64 = 1000;

/// Retention of invitations, in days.
const INVITATIONS_DAYS: u32 = 90;
/// Retention of refused domains and machines, with the addresses of their clients, in days.
const REFUSALS_DAYS: u32 = 30;

/// Retention of mails, in days, whatever their state.
const MAILS_DAYS: u32 = 30;

/// Retention of deliveries of webhooks and of their attempts, in days.
const DELIVERIES_DAYS: u32 = 30;
/// Retention of events of shops with their payloads, in days.
const SHOP_EVENTS_DAYS: u32 = 90;
/// How long after an expiry the marks of its events are kept, in days: a day longer than expiries are looked for.
const EXPIRY_EVENTS_DAYS: u32 = 8;

/// Retention of events and audit entries, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Retention of outbox events, which all processes must have read.
    pub events: u32,
    /// Retention of audit entries; `None` keeps them forever.
    pub audit: Option<u32>,
}

/// Deletes rows beyond their retention, for a background worker. Returns the number of rows. What is removed from rows
/// that stay does not count.
///
/// # Errors
/// Returns [`crate::Error`] if the database fails.
#[tracing::instrument(name = "prune", skip_all, err(level = "debug"))]
pub async fn prune(service: &Service, keep: RetentionPolicy) -> Result<u64> {
    let before = |days: u32| service.now().plus_days(-i64::from(days));
    // Its error is reported last: what is below does not need it.
    let events = prune_events(service, before(keep.events)).await;
    let mut deleted = prune_refusals(service, before(REFUSALS_DAYS)).await?;
    deleted += prune_by_id(service, "invitations", before(INVITATIONS_DAYS)).await?;
    deleted += prune_by_id(service, "mails", before(MAILS_DAYS)).await?;
    deleted += prune_by_id(service, "webhook_deliveries", before(DELIVERIES_DAYS)).await?;
    deleted += prune_by_id(service, "webhook_attempts", before(DELIVERIES_DAYS)).await?;
    deleted += prune_by_id(service, "shop_events", before(SHOP_EVENTS_DAYS)).await?;
    deleted += purchase::prune_log(service, purchase::MAX_LOGGED_EVENTS).await?;
    purchase::forget_bodies(service).await?;
    purchase::forget_former_secrets(service).await?;
    deleted += prune_links(service, "password_resets").await?;
    deleted += prune_links(service, "customer_links").await?;
    deleted += prune_links(service, "sign_up_links").await?;
    deleted += prune_reminders(service).await?;
    deleted += prune_expiry_events(service, before(EXPIRY_EVENTS_DAYS)).await?;
    deleted += prune_idempotent_requests(service).await?;
    if let Some(days) = keep.audit {
        deleted += prune_audit(service, before(days)).await?;
    }
    Ok(deleted + events?)
}

/// Deletes the oldest events. The table has no index by time. Dropped months do not count.
async fn prune_events(service: &Service, before: Timestamp) -> Result<u64> {
    let first = random::first_id_at(before);
    // A month in use is dropped in a later round.
    let dropped = partition::drop_before(service, LogTable::OutboxEvents, first).await;
    let mut deleted = 0;
    for table in partition::by_rows(service, LogTable::OutboxEvents).await? {
        // Only the whole table and the first partition have an index by number, and the others none.
        let (sql, end): (_, Value) = if table == "outbox_events" || table == "outbox_events_first" {
            let sql = format!(
                "DELETE FROM {table} WHERE seq IN (SELECT seq FROM \
                 (SELECT seq, created_at FROM {table} ORDER BY seq LIMIT {ROWS_PER_TXN}) oldest WHERE created_at < $1)"
            );
            (sql, before.millis().into())
        } else {
            let sql = format!(
                "DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE id < $1 LIMIT {ROWS_PER_TXN}))"
            );
            (sql, first.into())
        };
        deleted += delete_in_batches(service, &sql, &[end]).await?;
    }
    dropped?;
    Ok(deleted)
}

/// Deletes the refusals that did not occur again.
async fn prune_refusals(service: &Service, before: Timestamp) -> Result<u64> {
    let sql = format!(
        "DELETE FROM license_refusals WHERE (license_id, kind, subject) IN (SELECT license_id, kind, subject \
         FROM license_refusals WHERE last_at < $1 ORDER BY last_at LIMIT {ROWS_PER_TXN})"
    );
    delete_in_batches(service, &sql, &[before.millis().into()]).await
}

/// Deletes the oldest rows of a table whose ids are ordered by time: invitations, which have ended long before
/// and hold names and addresses, and mails.
async fn prune_by_id(service: &Service, table: &str, before: Timestamp) -> Result<u64> {
    let sql = format!(
        "DELETE FROM {table} WHERE id IN \
         (SELECT id FROM {table} WHERE id < $1 ORDER BY id LIMIT {ROWS_PER_TXN})"
    );
    delete_in_batches(service, &sql, &[random::first_id_at(before).into()]).await
}

/// Deletes the links of a table that have expired.
async fn prune_links(service: &Service, table: &str) -> Result<u64> {
    let sql = format!(
        "DELETE FROM {table} WHERE token_digest IN (SELECT token_digest FROM {table} \
         WHERE expires_at <= $1 ORDER BY expires_at LIMIT {ROWS_PER_TXN})"
    );
    delete_in_batches(service, &sql, &[service.now().millis().into()]).await
}

/// Deletes the marks of reminders whose expiry has passed for a day, because the clock of another node may be
/// behind.
async fn prune_reminders(service: &Service) -> Result<u64> {
    let sql = format!(
        "DELETE FROM license_reminders WHERE (expires_at, license_id, days_before) IN \
         (SELECT expires_at, license_id, days_before FROM license_reminders WHERE expires_at < $1 \
         ORDER BY expires_at LIMIT {ROWS_PER_TXN})"
    );
    delete_in_batches(service, &sql, &[service.now().plus_days(-1).millis().into()]).await
}

/// Deletes the answers to idempotency keys that are older than a day.
async fn prune_idempotent_requests(service: &Service) -> Result<u64> {
    let sql = format!(
        "DELETE FROM idempotent_requests WHERE id IN (SELECT id FROM idempotent_requests \
         WHERE created_at < $1 ORDER BY created_at LIMIT {ROWS_PER_TXN})"
    );
    let before = service.now().plus_millis(-idempotency::LIFETIME_MS);
    delete_in_batches(service, &sql, &[before.millis().into()]).await
}

/// Deletes the marks of the oldest expiries that webhooks were notified of.
async fn prune_expiry_events(service: &Service, before: Timestamp) -> Result<u64> {
    let sql = format!(
        "DELETE FROM license_expiry_events WHERE (expires_at, license_id, event) IN \
         (SELECT expires_at, license_id, event FROM license_expiry_events WHERE expires_at < $1 \
         ORDER BY expires_at LIMIT {ROWS_PER_TXN})"
    );
    delete_in_batches(service, &sql, &[before.millis().into()]).await
}

/// Deletes the oldest audit entries of all accounts. Their ids are ordered by time. Dropped months do not count.
async fn prune_audit(service: &Service, before: Timestamp) -> Result<u64> {
    let first = random::first_id_at(before);
    let first = partition::first_kept(service, LogTable::AuditEntries, first).await?;
    let accounts: Vec<Uuid> = accounts::Entity::find()
        .select_only()
        .column(accounts::Column::Id)
        .into_tuple()
        .all(service.store.read())
        .await?;
    // A chain that does not match stops the retention of its own account alone.
    let (mut pruned, mut broken) = (Vec::new(), None);
    for account in accounts.into_iter().map(AccountId) {
        match prune_chain(service, account, first).await {
            Ok(true) => pruned.push(account),
            Ok(false) => {}
            Err(error @ Error::BrokenChain(_)) => broken = broken.or(Some(error)),
            // Such as a lock. Months are dropped in a later round then, and not deleted by rows.
            Err(error) => return Err(error),
        }
    }
    // A month has entries of all accounts. It stays if one of their chains does not match; those of other accounts are
    // then deleted one by one, from all partitions.
    let dropped = if broken.is_none() { drop_entries(service, first).await } else { Ok(()) };
    let (mut entries, mut changes) = (vec!["audit_entries".to_owned()], vec!["audit_changes".to_owned()]);
    if broken.is_none() {
        entries = partition::by_rows(service, LogTable::AuditEntries).await?;
        changes = partition::by_rows(service, LogTable::AuditChanges).await?;
    }
    let mut deleted = 0;
    for account in pruned {
        let values = [account.0.into(), first.into()];
        for table in &entries {
            deleted += delete_in_batches(service, &oldest_of_account(table, "id"), &values).await?;
        }
        delete_in_batches(service, &oldest_of_account("audit_amendments", "entry_id"), &values).await?;
        for table in &changes {
            delete_in_batches(service, &oldest_of_account(table, "entry_id"), &values).await?;
        }
    }
    dropped?;
    broken.map_or(Ok(deleted), Err)
}

/// Drops the months of entries before an id, and then those of their changes: an entry is never without its changes.
async fn drop_entries(service: &Service, first: Uuid) -> Result<()> {
    if partition::drop_before(service, LogTable::AuditEntries, first).await? {
        // Months of changes in use are dropped in a later round.
        partition::drop_before(service, LogTable::AuditChanges, first).await?;
    }
    Ok(())
}

/// Records that the entries of an account before an id may be missing. Returns whether it has any, or what belongs to
/// some: a process may have ended after the drop of their month.
///
/// Before the entries are deleted, so that a verification never misses one that the retention has deleted.
async fn prune_chain(service: &Service, account: AccountId, first: Uuid) -> Result<bool> {
    let oldest = "SELECT 1 AS one FROM audit_entries WHERE account_id = $1 AND id < $2 \
                  UNION ALL SELECT 1 FROM audit_amendments WHERE account_id = $1 AND entry_id < $2 \
                  UNION ALL SELECT 1 FROM audit_changes WHERE account_id = $1 AND entry_id < $2 LIMIT 1";
    let values = [account.0.into(), first.into()];
    let statement = Statement::from_sql_and_values(service.store.backend(), oldest, values);
    if service.store.read().query_one_raw(statement).await?.is_none() {
        return Ok(false);
    }
    audit::prune_seals(service, account, first).await?;
    Ok(true)
}

/// Returns a statement that deletes a portion of an account's oldest rows, up to an id.
///
/// It takes all rows up to the last of the portion. By a list of ids PostgreSQL may walk through all of the
/// account's to find each; by two ends of a range SQLite takes one, and it may be the other.
fn oldest_of_account(table: &str, id: &str) -> String {
    format!(
        "DELETE FROM {table} WHERE account_id = $1 AND {id} <= COALESCE((SELECT {id} \
         FROM {table} WHERE account_id = $1 AND {id} < $2 ORDER BY {id} LIMIT 1 OFFSET {}), $2)",
        ROWS_PER_TXN - 1
    )
}

async fn delete_in_batches(service: &Service, sql: &str, values: &[Value]) -> Result<u64> {
    let mut deleted = 0;
    loop {
        let txn = service.begin_write().await?;
        let statement = Statement::from_sql_and_values(service.store.backend(), sql, values.to_vec());
        let some = txn.conn().execute_raw(statement).await?.rows_affected();
        txn.commit().await?;
        deleted += some;
        if some < ROWS_PER_TXN {
            return Ok(deleted);
        }
    }
}
