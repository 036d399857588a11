//! Stops a bulk job.

use domain::BulkJobId;
use domain::bulk::JobState;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::row;
use crate::store::AuditEvent;
use crate::{Actor, Error, Result, Service};

/// Asks a job to stop. It ends before its next batch; changed licenses stay changed.
///
/// # Errors
/// Returns an error if the role lacks the permission, the job does not exist or has ended, or the
/// database fails.
#[tracing::instrument(name = "bulk_job.stop", skip_all, fields(account = %actor.account, job = %id), err(level = "debug"))]
pub async fn stop(service: &Service, actor: &Actor, id: BulkJobId) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let job = row::lock(&txn, actor.account, id).await?;
    if row::state(&job)? != JobState::Running {
        return Err(Error::Conflict("This job has already ended.".into()));
    }
    if job.stop_requested {
        return Ok(());
    }
    let entry = AuditEvent {
        event: Event::BulkJobStopped,
        license: None,
        product: None,
        detail: Some(row::change(&job)?.verb().label().to_lowercase()),
        payload: serde_json::json!({ "bulk_job_id": id }),
    };
    let mut update = job.into_active_model();
    update.stop_requested = Set(true);
    update.update(txn.conn()).await?;
    txn.record(actor, entry);
    txn.commit().await
}
