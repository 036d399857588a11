//! Runs the bulk jobs of all accounts, for a background worker.

use domain::bulk::JobState;
use domain::{AccountId, BulkJobId};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::{batch, row};
use crate::store::entity::bulk_jobs;
use crate::{Error, Result, Service};

/// Licenses in one transaction. Other writers wait for one batch, and each batch syncs the disk once.
const LICENSES_PER_TXN: u64 = 500;

/// The failure of a job that a defect ended.
const DEFECT: &str = "An error of the server ended this job. The server’s log names it with the job’s id.";

/// Runs one batch of each running job, so that no account waits for the job of another. Returns whether
/// jobs are left.
///
/// # Errors
/// Returns [`Error::Unavailable`] if the database is not available; the jobs go on later.
pub async fn run_pending(service: &Service) -> Result<bool> {
    let running: Vec<Uuid> = bulk_jobs::Entity::find()
        .select_only()
        .column(bulk_jobs::Column::Id)
        // A literal, because the index is partial.
        .filter(Expr::cust("state = 'running'"))
        .order_by_asc(bulk_jobs::Column::Id)
        .into_tuple()
        .all(service.store.read())
        .await?;
    let (mut is_left, mut failed) = (false, None);
    for id in running {
        // A job that has to wait, such as for a locked license, holds up no other job.
        match run_batch(service, BulkJobId(id), LICENSES_PER_TXN).await {
            Ok(more) => is_left |= more,
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(is_left), Err)
}

/// Handles the next `most` licenses of a job. Returns whether licenses are left. A defect ends the job.
///
/// # Errors
/// Returns [`Error::Unavailable`] if the database is not available; nothing of the batch is stored.
#[tracing::instrument(name = "bulk_job.run_batch", skip_all, fields(job = %id), err(level = "debug"))]
pub async fn run_batch(service: &Service, id: BulkJobId, most: u64) -> Result<bool> {
    match batch::run(service, id, most).await {
        Err(error) if !matches!(error, Error::Unavailable(_)) => {
            tracing::error!(job = %id, %error, "bulk job ended by an error");
            fail(service, id).await?;
            Ok(false)
        }
        outcome => outcome,
    }
}

/// Waits until this process starts a job.
pub async fn wait_for_start(service: &Service) {
    service.bulk_job_started.notified().await;
}

async fn fail(service: &Service, id: BulkJobId) -> Result<()> {
    let job = bulk_jobs::Entity::find_by_id(id.0).one(service.store.read()).await?;
    let Some(job) = job else { return Ok(()) };
    let txn = service.begin_write().await?;
    let locked = row::lock(&txn, AccountId(job.account_id), id).await?;
    if locked.state != JobState::Running.as_str() {
        return Ok(());
    }
    batch::end(txn, locked, JobState::Failed, Some(DEFECT)).await
}
