//! Undoes a bulk job by another one.

use domain::bulk::{JobState, UNDO_MS};
use domain::permission::Permission;
use domain::{BulkJobId, Timestamp};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::row;
use super::start::{NewRow, Started, find_by_token, insert};
use crate::store::entity::bulk_jobs;
use crate::{Actor, Error, Result, Service, form_token};

/// Starts a job that restores the former values of the licenses that a job has changed. A license that
/// was changed since is skipped.
///
/// # Errors
/// Returns an error if the role lacks the permission, the job does not exist, still runs, is final, was
/// undone already or ended more than an hour ago, or if the database fails.
#[tracing::instrument(name = "bulk_job.undo", skip_all, fields(account = %actor.account, job = %id), err(level = "debug"))]
pub async fn undo(service: &Service, actor: &Actor, id: BulkJobId, form_token: &str) -> Result<Started> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let job = row::lock(&txn, actor.account, id).await?;
    if !form_token::mark_used(&txn, actor, form_token).await? {
        let id = find_by_token(&txn, actor, form_token).await?;
        return Ok(Started { id, is_repeated: true });
    }
    if undo_until(&job)?.is_none_or(|until| until < txn.now()) {
        return Err(Error::Conflict("This job can’t be undone any more.".into()));
    }
    if undone_by(txn.conn(), &job).await?.is_some() {
        return Err(Error::Conflict("This job was already undone.".into()));
    }
    let (change, selection) = (row::change(&job)?, row::selection(&job)?);
    let new =
        NewRow { change: &change, selection: &selection, token: form_token, undo_of: Some((id, job.done)) };
    let id = insert(&mut txn, actor, new).await?;
    txn.commit().await?;
    service.bulk_job_started.notify_one();
    Ok(Started { id, is_repeated: false })
}

/// Returns until when a job can be undone. `None` if it runs, is final, is an undo, or changed nothing.
pub(super) fn undo_until(job: &bulk_jobs::Model) -> Result<Option<Timestamp>> {
    let is_reversible = row::change(job)?.verb().is_reversible();
    let can_be_undone =
        is_reversible && job.undo_of.is_none() && job.done > 0 && row::state(job)? != JobState::Running;
    let until = job.finished_at.map(|at| Timestamp::from_millis(at).plus_millis(UNDO_MS));
    Ok(until.filter(|_| can_be_undone))
}

/// Returns the job that undoes a job.
pub(super) async fn undone_by(
    db: &impl ConnectionTrait,
    job: &bulk_jobs::Model,
) -> Result<Option<BulkJobId>> {
    let undo = bulk_jobs::Entity::find().filter(bulk_jobs::Column::UndoOf.eq(job.id)).one(db).await?;
    Ok(undo.map(|undo| BulkJobId(undo.id)))
}
