//! Flushes usage counts from memory to the database. Called by the worker.

use std::collections::{BTreeMap, HashMap};

use domain::LicenseId;
use domain::activation::{Kind as ActivationKind, Verification};
use sea_orm::sea_query::LockType;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::counter::{Batch, DailyCountKey};
use super::flush_refusals::flush_refusals;
use crate::cache::VerifyCount;
use crate::store::WriteTxn;
use crate::store::bulk_write::BulkWrite;
use crate::store::entity::{activations, licenses};
use crate::store::event_counts::AccountDay;
use crate::store::row_values::{self, ColumnType, Columns, RowValues, row};
use crate::{Error, Result, Service};

/// The word of new activations in the daily counts, beside those of verifications.
pub(crate) const ACTIVATED: &str = "activated";
/// Maximum number of licenses flushed in one transaction, so that activations do not wait long.
const LICENSES_PER_TXN: usize = 128;

const LICENSE_COUNT_COLUMNS: Columns =
    &[("license_id", ColumnType::Uuid), ("times", ColumnType::Int), ("seen_at", ColumnType::Int)];
const DOMAIN_COUNT_COLUMNS: Columns =
    &[("activation_id", ColumnType::Uuid), ("times", ColumnType::Int), ("seen_at", ColumnType::Int)];
const DAILY_COUNT_COLUMNS: Columns = &[
    ("account_id", ColumnType::Uuid),
    ("day", ColumnType::Int),
    ("outcome", ColumnType::Text),
    ("times", ColumnType::Int),
];

/// The counts that remain after a flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backlog {
    /// None of the counts from before the flush.
    Empty,
    /// Further counts, not urgent.
    Some,
    /// Evicted snapshots use at least half of their memory limit: flush again immediately.
    OverMemoryLimit,
}

impl Service {
    /// Flushes all counts to the database. Counts that can't be written are kept for the next flush.
    ///
    /// # Errors
    /// Returns [`Error`] if the database fails.
    pub async fn flush_all(&self) -> Result<()> {
        // The limit ends the loop even if new counts keep arriving.
        let max_batches = self.usage.len() + 1;
        for _ in 0..max_batches {
            if self.flush_batch().await? == Backlog::Empty {
                break;
            }
        }
        Ok(())
    }

    /// Flushes one batch of counts in one transaction.
    ///
    /// # Errors
    /// Returns [`Error`] if the database fails; the counts are kept for the next flush.
    pub async fn flush_batch(&self) -> Result<Backlog> {
        if self.usage.is_empty() && self.store.activation_counts.is_empty() {
            self.usage.record_flush(self.now());
            return Ok(Backlog::Empty);
        }
        // Returned after the flush of the counts, which it does not hold up.
        let refusals = flush_refusals(self).await;
        let service = self.clone();
        let batch = spawn_blocking(move || service.usage.drain(LICENSES_PER_TXN))
            .await
            .map_err(|e| Error::Internal(format!("draining usage counts failed: {e}")))?;
        let more = batch.more;
        self.flush_or_put_back(batch).await?;
        // The counts are written, whether the refusals are or not.
        self.usage.record_flush(self.now());
        refusals?;
        Ok(if self.usage.should_flush_early() {
            Backlog::OverMemoryLimit
        } else if more {
            Backlog::Some
        } else {
            Backlog::Empty
        })
    }

    /// Flushes a batch and the counts of new activations, or returns them to their counters.
    pub(super) async fn flush_or_put_back(&self, batch: Batch) -> Result<()> {
        let activated = self.store.activation_counts.take();
        let flushed = self.flush(&batch, &activated).await;
        if flushed.is_err() {
            self.usage.put_back(batch);
            self.store.activation_counts.add(activated);
        }
        flushed
    }

    async fn flush(&self, batch: &Batch, activated: &HashMap<AccountDay, i64>) -> Result<()> {
        let mut txn = self.begin_write().await?;
        // In the order of ids, so that two nodes never deadlock. One row per id, because PostgreSQL
        // would apply only one of several rows for the same record.
        let mut by_domain: BTreeMap<(LicenseId, &str), VerifyCount> = BTreeMap::new();
        for drained in &batch.drained {
            let entries = drained.snapshot.domains().unwrap_or_default();
            for (n, count) in &drained.counts {
                if let Some(entry) = entries.get(*n) {
                    by_domain.entry((drained.snapshot.license, entry.domain())).or_default().add(*count);
                }
            }
        }
        for ((license, domain), count) in &batch.overflow {
            by_domain.entry((*license, domain)).or_default().add(*count);
        }
        let mut by_license: BTreeMap<LicenseId, VerifyCount> = BTreeMap::new();
        for ((license, _), count) in &by_domain {
            by_license.entry(*license).or_default().add(*count);
        }
        if txn.needs_row_locks() {
            lock_licenses(&txn, by_license.keys()).await?;
        }
        let rows: Vec<_> = by_license.iter().map(|(id, c)| row![id.0, c.times, c.last.millis()]).collect();
        // NULL stays NULL for most licenses, which writes no index (`license/mark_unused.rs`).
        let unmark = ", marked_unused_at = NULL";
        let condition = "licenses.id = v.license_id";
        txn.defer_write(add_counts(LICENSE_COUNT_COLUMNS, rows, "licenses", unmark, condition));
        flush_domains(&mut txn, &by_domain).await?;
        let activated = activated.iter().map(|((account, day), times)| ((*account, *day, ACTIVATED), *times));
        let daily_counts: Vec<_> = batch.daily_counts.iter().copied().chain(activated).collect();
        for ((account, ..), _) in daily_counts.iter().filter(|(key, _)| is_shown_live(key)) {
            txn.announce(account.0);
        }
        txn.defer_write(flushed_daily_counts(daily_counts));
        txn.commit().await
    }
}

/// Returns whether an open overview shows a count at once. Each second has valid verifications, and a page
/// for each of them would cost more than it shows.
pub(super) fn is_shown_live((_, _, outcome): &DailyCountKey) -> bool {
    *outcome != Verification::Valid.as_str()
}

/// Flushes the counts of domains, with two statements: SQLite scans the whole table for an UPDATE by
/// license and domain, but not for an UPDATE by id.
async fn flush_domains(
    txn: &mut WriteTxn,
    by_domain: &BTreeMap<(LicenseId, &str), VerifyCount>,
) -> Result<()> {
    if by_domain.is_empty() {
        return Ok(());
    }
    let pairs: Vec<_> = by_domain.keys().map(|(license, domain)| row![license.0, *domain]).collect();
    let activations: Vec<(Uuid, Uuid, String)> = activations::Entity::find()
        .select_only()
        .columns([activations::Column::Id, activations::Column::LicenseId, activations::Column::Subject])
        .filter(row_values::activations_in(
            txn.conn().get_database_backend(),
            ActivationKind::Domain,
            &pairs,
        )?)
        .into_tuple()
        .all(txn.conn())
        .await?;
    let rows = activations.iter().filter_map(|(id, license, domain)| {
        let count = by_domain.get(&(LicenseId(*license), domain.as_str()))?;
        Some(row![*id, count.times, count.last.millis()])
    });
    let rows = rows.collect();
    txn.defer_write(add_counts(
        DOMAIN_COUNT_COLUMNS,
        rows,
        "activations",
        "",
        "activations.id = v.activation_id",
    ));
    Ok(())
}

/// Returns the write that adds verifications to the counts by account, day and outcome.
fn flushed_daily_counts(mut daily_counts: Vec<(DailyCountKey, i64)>) -> BulkWrite {
    daily_counts.sort_unstable_by_key(|(key, _)| *key);
    let rows = daily_counts
        .iter()
        .map(|((account, day, outcome), times)| row![account.0, *day, *outcome, *times])
        .collect();
    let sql = |from: &str| {
        // SQLite's parser needs the WHERE; else it reads ON CONFLICT as a join condition.
        format!(
            "INSERT INTO daily_counts (account_id, day, outcome, count) \
             SELECT account_id, day, outcome, times FROM {from} WHERE true \
             ON CONFLICT (account_id, day, outcome) DO UPDATE SET count = daily_counts.count + excluded.count"
        )
    };
    BulkWrite::new(DAILY_COUNT_COLUMNS, rows, sql).allow_any_row_count()
}

/// Locks the licenses in the order of ids, as batches of activations do, because an UPDATE locks its
/// rows in the order of its plan.
async fn lock_licenses(txn: &WriteTxn, licenses: impl Iterator<Item = &LicenseId>) -> Result<()> {
    let ids: Vec<_> = licenses.map(|id| row![id.0]).collect();
    licenses::Entity::find()
        .select_only()
        .column(licenses::Column::Id)
        .filter(row_values::in_rows(txn.conn().get_database_backend(), &[("id", ColumnType::Uuid)], &ids)?)
        .order_by_asc(licenses::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .all(txn.conn())
        .await?;
    Ok(())
}

/// Returns the write that adds counts to rows, with further assignments. Rows deleted in the meantime are
/// skipped.
fn add_counts(
    columns: Columns,
    rows: Vec<RowValues>,
    table: &'static str,
    further: &'static str,
    condition: &'static str,
) -> BulkWrite {
    let sql = move |from: &str| {
        format!(
            "UPDATE {table} SET verification_count = verification_count + v.times, \
             last_verified_at = CASE WHEN last_verified_at > v.seen_at THEN last_verified_at \
             ELSE v.seen_at END{further} FROM {from} WHERE {condition}"
        )
    };
    BulkWrite::new(columns, rows, sql).allow_any_row_count()
}
