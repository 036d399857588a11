//! One batch of a bulk job, in one transaction.

use std::collections::{HashMap, HashSet};

use domain::bulk::{Change, Former, JobState, SkipReason, Terms};
use domain::permission::Permission;
use domain::{AccountId, BulkJobId, CustomerId};
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use super::changes::{self, Changes, LockedLicense};
use super::next_licenses::{self, NextLicenses};
use super::row;
use crate::store::WriteTxn;
use crate::store::bulk_write::BulkWrite;
use crate::store::entity::{bulk_job_items as items, bulk_jobs};
use crate::store::row_values::{self, ColumnType, Columns, row};
use crate::{Actor, Result, Service, stored_principal};

const ITEM_COLUMNS: Columns = &[
    ("job_id", ColumnType::Uuid),
    ("license_id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("outcome", ColumnType::Text),
    ("former", ColumnType::Text),
];

/// The stored outcome of a changed license.
const DONE: &str = "done";

/// The failure of a job whose principal lost the permission.
const NOT_ALLOWED: &str = "The member or API token that started this job may not change licenses any more.";

/// Handles the next `most` licenses of a job. Returns whether licenses are left.
pub(super) async fn run(service: &Service, id: BulkJobId, most: u64) -> Result<bool> {
    let found = bulk_jobs::Entity::find_by_id(id.0).one(service.store.read()).await?;
    let Some(job) = found.filter(|job| job.state == JobState::Running.as_str()) else { return Ok(false) };
    // Read before the transaction, which blocks other writers on SQLite.
    let next = next_licenses::load(service, &job, most).await?;
    // Only for the progress: a count that takes too long leaves it open.
    let total = next_licenses::total(service, &job).await.unwrap_or(None);
    let change = row::change(&job)?;
    let mut txn = service.begin_write().await?;
    let locked = row::lock(&txn, AccountId(job.account_id), id).await?;
    if locked.state != job.state {
        return Ok(false);
    }
    if locked.position != job.position {
        // Another node has handled these licenses.
        return Ok(true);
    }
    if locked.stop_requested {
        return end(txn, locked, JobState::Stopped, None).await.map(|()| false);
    }
    let Some(actor) =
        stored_principal::actor(txn.conn(), &row::principal(&locked), Permission::WriteLicense).await?
    else {
        return end(txn, locked, JobState::Failed, Some(NOT_ALLOWED)).await.map(|()| false);
    };
    // Before the licenses, as every transaction that locks both.
    let customers = changes::lock_customers(&txn, &locked, new_customers(&change, &next)).await?;
    let mut decided = decide(&txn, &locked, &change, &next).await?;
    decided.skip_missing_customers(&customers);
    let mut skipped = row::skipped(&locked);
    let done = decided.changed.len();
    for (_, reason) in &decided.skipped {
        *skipped.entry(*reason).or_default() += 1;
    }
    stage(&mut txn, &actor, &locked, &change, &decided, &customers)?;
    let is_last = next.is_last;
    let now = txn.now().millis();
    let mut update = locked.into_active_model();
    update.total = Set(total);
    update.done = Set(job.done + i64::try_from(done).unwrap_or(i64::MAX));
    let skipped: HashMap<&str, u64> = skipped.iter().map(|(reason, n)| (reason.as_str(), *n)).collect();
    update.skipped = Set(row::to_json(&skipped)?);
    if next.position.is_some() {
        update.position = Set(next.position);
    }
    if is_last {
        update.state = Set(JobState::Done.as_str().to_owned());
        update.finished_at = Set(Some(now));
    }
    update.update(txn.conn()).await?;
    txn.commit().await?;
    Ok(!is_last)
}

/// Ends a job without a further batch.
pub(super) async fn end(
    txn: WriteTxn,
    job: bulk_jobs::Model,
    state: JobState,
    failure: Option<&str>,
) -> Result<()> {
    let mut update = job.into_active_model();
    update.state = Set(state.as_str().to_owned());
    update.failure = Set(failure.map(ToOwned::to_owned));
    update.finished_at = Set(Some(txn.now().millis()));
    update.update(txn.conn()).await?;
    txn.commit().await
}

/// The decisions of a batch, in the order of ids.
#[derive(Default)]
struct Decided {
    changed: Vec<(Uuid, Terms, Terms)>,
    skipped: Vec<(Uuid, SkipReason)>,
}

impl Decided {
    /// Skips the licenses whose new customer is not there any more.
    fn skip_missing_customers(&mut self, customers: &HashMap<CustomerId, String>) {
        let changed = std::mem::take(&mut self.changed);
        for (id, before, after) in changed {
            let is_moved = before.customer != after.customer;
            if is_moved && after.customer.is_some_and(|customer| !customers.contains_key(&customer)) {
                self.skipped.push((id, SkipReason::CustomerMerged));
            } else {
                self.changed.push((id, before, after));
            }
        }
    }
}

/// Locks the licenses of a batch and decides each.
async fn decide(
    txn: &WriteTxn,
    job: &bulk_jobs::Model,
    change: &Change,
    next: &NextLicenses,
) -> Result<Decided> {
    let mut decided = Decided::default();
    if next.ids.is_empty() {
        return Ok(decided);
    }
    let mut ids = next.ids.clone();
    ids.sort_unstable();
    let locked = changes::lock_licenses(txn, &ids).await?;
    let handled = if next.may_repeat { handled(txn, job, &ids).await? } else { HashSet::new() };
    for id in ids {
        if handled.contains(&id) {
            continue;
        }
        let license = locked.get(&id).filter(|license| license.account_id == job.account_id);
        let Some(license) = license else {
            decided.skipped.push((id, SkipReason::Missing));
            continue;
        };
        if next.is_query && license.created_at > job.created_at {
            continue;
        }
        match decide_one(txn, job, change, license, next.former.get(&id).copied())? {
            Ok((before, after)) => decided.changed.push((id, before, after)),
            Err(reason) => decided.skipped.push((id, reason)),
        }
    }
    Ok(decided)
}

fn decide_one(
    txn: &WriteTxn,
    job: &bulk_jobs::Model,
    change: &Change,
    license: &LockedLicense,
    former: Option<Former>,
) -> Result<Result<(Terms, Terms), SkipReason>> {
    let before = license.terms()?;
    let after = match (job.undo_of, former) {
        (None, _) => change.apply(&before, txn.now()),
        (Some(_), Some(former)) => change.undo(&before, former),
        (Some(_), None) => Err(SkipReason::ChangedSince),
    };
    Ok(after.map(|after| (before, after)))
}

/// Returns the licenses that the job has handled already.
async fn handled(txn: &WriteTxn, job: &bulk_jobs::Model, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
    let rows: Vec<_> = ids.iter().map(|id| row![job.id, *id]).collect();
    let columns: Columns = &[("job_id", ColumnType::Uuid), ("license_id", ColumnType::Uuid)];
    let found: Vec<Uuid> = items::Entity::find()
        .select_only()
        .column(items::Column::LicenseId)
        .filter(row_values::in_rows(txn.conn().get_database_backend(), columns, &rows)?)
        .into_tuple()
        .all(txn.conn())
        .await?;
    Ok(found.into_iter().collect())
}

/// Returns the customers that the licenses of a batch may move to.
fn new_customers(change: &Change, next: &NextLicenses) -> Vec<CustomerId> {
    let target = if let Change::Move { customer } = change { Some(*customer) } else { None };
    let former = next.former.values().filter_map(domain::bulk::Former::customer);
    target.into_iter().chain(former).collect()
}

/// Stages the writes of a batch.
fn stage(
    txn: &mut WriteTxn,
    actor: &Actor,
    job: &bulk_jobs::Model,
    change: &Change,
    decided: &Decided,
    customers: &HashMap<CustomerId, String>,
) -> Result<()> {
    let mut rows = Vec::with_capacity(decided.changed.len() + decided.skipped.len());
    let mut writes = Changes::default();
    for (id, before, after) in &decided.changed {
        let former = if job.undo_of.is_some() { None } else { change.former(before, after) };
        let former = former.map(|former| row::to_json(&former)).transpose()?;
        rows.push(row![job.id, *id, job.account_id, DONE, former]);
        writes.add(txn, actor, *id, (before, after), customers);
    }
    for (id, reason) in &decided.skipped {
        rows.push(row![job.id, *id, job.account_id, reason.as_str(), None::<String>]);
    }
    writes.defer(txn);
    txn.defer_write(BulkWrite::insert("bulk_job_items", ITEM_COLUMNS, rows));
    Ok(())
}
