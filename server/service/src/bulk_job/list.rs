//! The bulk jobs of an account.

use domain::BulkJobId;
use domain::permission::Permission;
use domain::view::BulkJobPage;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::row;
use crate::store::entity::bulk_jobs;
use crate::{Actor, Result, Service};

/// Jobs per page.
const PAGE_SIZE: usize = 30;

/// Returns the account's jobs that are older than `before`, the newest first.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "bulk_job.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(service: &Service, actor: &Actor, before: Option<BulkJobId>) -> Result<BulkJobPage> {
    actor.require(Permission::Read)?;
    let mut find = bulk_jobs::Entity::find().filter(bulk_jobs::Column::AccountId.eq(actor.account.0));
    if let Some(before) = before {
        find = find.filter(bulk_jobs::Column::Id.lt(before.0));
    }
    let rows = find
        .order_by_desc(bulk_jobs::Column::Id)
        .limit(PAGE_SIZE as u64 + 1)
        .all(service.store.read())
        .await?;
    let mut jobs = rows.iter().map(row::view).collect::<Result<Vec<_>>>()?;
    let more = jobs.len() > PAGE_SIZE;
    jobs.truncate(PAGE_SIZE);
    let older = jobs.last().filter(|_| more).map(|job| job.id);
    Ok(BulkJobPage { jobs, older })
}
