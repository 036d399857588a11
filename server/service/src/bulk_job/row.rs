//! Conversions between rows of bulk jobs and domain types.

use std::collections::BTreeMap;

use domain::bulk::{Change, JobState, Parameters, Selection, SkipReason, Verb};
use domain::view::BulkJobRow;
use domain::{AccountId, BulkJobId, FieldError, Timestamp};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::entity::bulk_jobs;
use crate::store::{WriteTxn, convert};
use crate::stored_principal::StoredPrincipal;
use crate::{Error, Result};

/// Loads a job of the account.
///
/// # Errors
/// Returns [`Error::NotFound`] if the account has no such job, or another [`Error`] if the database fails.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: BulkJobId,
) -> Result<bulk_jobs::Model> {
    bulk_jobs::Entity::find_by_id(id.0)
        .filter(bulk_jobs::Column::AccountId.eq(account.0))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// Loads a job of the account and locks it until the transaction ends. Errors as [`find`].
pub(super) async fn lock(txn: &WriteTxn, account: AccountId, id: BulkJobId) -> Result<bulk_jobs::Model> {
    let mut job = bulk_jobs::Entity::find_by_id(id.0).filter(bulk_jobs::Column::AccountId.eq(account.0));
    if txn.needs_row_locks() {
        job = job.lock_exclusive();
    }
    job.one(txn.conn()).await?.ok_or(Error::NotFound)
}

fn damaged(job: &bulk_jobs::Model) -> impl Fn(FieldError) -> Error {
    let id = job.id;
    move |error| Error::Internal(format!("bulk job {id}: {error}"))
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::Internal(format!("JSON: {e}")))
}

fn from_json<T: DeserializeOwned>(job: &bulk_jobs::Model, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| Error::Internal(format!("bulk job {}: {e}", job.id)))
}

/// Returns the change of a job.
pub(super) fn change(job: &bulk_jobs::Model) -> Result<Change> {
    from_json::<Parameters>(job, &job.parameters)?.change(verb(job)?).map_err(damaged(job))
}

fn verb(job: &bulk_jobs::Model) -> Result<Verb> {
    job.verb.parse().map_err(damaged(job))
}

/// Returns the selection of a job.
pub(super) fn selection(job: &bulk_jobs::Model) -> Result<Selection> {
    from_json(job, &job.selection)
}

/// Returns the state of a job.
pub(super) fn state(job: &bulk_jobs::Model) -> Result<JobState> {
    job.state.parse().map_err(damaged(job))
}

/// Returns the principal that started a job.
pub(super) fn principal(job: &bulk_jobs::Model) -> StoredPrincipal<'_> {
    StoredPrincipal {
        account: AccountId(job.account_id),
        kind: &job.actor_kind,
        id: job.actor_id,
        name: &job.actor_name,
    }
}

/// Returns the numbers of skipped licenses. Reasons of a later version are left out.
pub(super) fn skipped(job: &bulk_jobs::Model) -> BTreeMap<SkipReason, u64> {
    let stored: BTreeMap<String, u64> = convert::json_or_default(Some(&job.skipped));
    stored.into_iter().filter_map(|(word, n)| Some((word.parse().ok()?, n))).collect()
}

/// Converts a job into its view in lists.
pub(super) fn view(job: &bulk_jobs::Model) -> Result<BulkJobRow> {
    Ok(BulkJobRow {
        id: BulkJobId(job.id),
        verb: verb(job)?,
        parameters: from_json(job, &job.parameters)?,
        is_undo: job.undo_of.is_some(),
        state: state(job)?,
        total: job.total.map(i64::unsigned_abs),
        done: job.done.unsigned_abs(),
        skipped: skipped(job).into_iter().collect(),
        actor: job.actor_name.clone(),
        started_at: Timestamp::from_millis(job.created_at),
        finished_at: convert::to_timestamp(job.finished_at),
    })
}
