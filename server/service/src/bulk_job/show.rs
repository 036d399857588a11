//! The page of one bulk job.

use std::collections::HashMap;

use domain::bulk::Change;
use domain::permission::Permission;
use domain::view::{BulkJobView, SkippedLicense};
use domain::{BulkJobId, LicenseId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::{row, undo};
use crate::store::entity::{bulk_job_items as items, bulk_jobs, customers, licenses};
use crate::{Actor, Result, Service, random};

/// Skipped licenses on the page.
const MAX_SKIPPED: u64 = 50;

/// Returns a job with its progress and the first skipped licenses.
///
/// # Errors
/// Returns an error if the role lacks the permission, the job does not exist, or the database fails.
#[tracing::instrument(name = "bulk_job.show", skip_all, fields(account = %actor.account, job = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: BulkJobId) -> Result<BulkJobView> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let job = row::find(db, actor.account, id).await?;
    let undone_by = undo::undone_by(db, &job).await?;
    let undo_until = undo::undo_until(&job)?.filter(|until| *until >= service.now() && undone_by.is_none());
    Ok(BulkJobView {
        job: row::view(&job)?,
        customer: customer(service, actor, &job).await?,
        stop_requested: job.stop_requested,
        failure: job.failure.clone(),
        skipped: skipped(service, actor, &job).await?,
        undo_of: job.undo_of.map(BulkJobId),
        undone_by,
        undo_until,
        form_token: random::token(),
    })
}

async fn customer(service: &Service, actor: &Actor, job: &bulk_jobs::Model) -> Result<Option<String>> {
    let Change::Move { customer } = row::change(job)? else { return Ok(None) };
    let customer = customers::Entity::find_by_id(customer.0)
        .filter(customers::Column::AccountId.eq(actor.account.0))
        .one(service.store.read())
        .await?;
    Ok(customer.and_then(|customer| customer.name.or(customer.email)))
}

async fn skipped(service: &Service, actor: &Actor, job: &bulk_jobs::Model) -> Result<Vec<SkippedLicense>> {
    let db = service.store.read();
    let items = items::Entity::find()
        .filter(items::Column::JobId.eq(job.id))
        .filter(Expr::cust("outcome <> 'done'"))
        .order_by_asc(items::Column::LicenseId)
        .limit(MAX_SKIPPED)
        .all(db)
        .await?;
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<(Uuid, Uuid, String)> = licenses::Entity::find()
        .select_only()
        .columns([licenses::Column::Id, licenses::Column::AccountId, licenses::Column::LastFour])
        .filter(licenses::Column::Id.is_in(items.iter().map(|item| item.license_id)))
        .into_tuple()
        .all(db)
        .await?;
    let of_account = found.into_iter().filter(|(_, account, _)| *account == actor.account.0);
    let mut last_four: HashMap<Uuid, String> = of_account.map(|(id, _, text)| (id, text)).collect();
    let skipped = items.into_iter().filter_map(|item| {
        Some(SkippedLicense {
            id: LicenseId(item.license_id),
            last_four: last_four.remove(&item.license_id),
            reason: item.outcome.parse().ok()?,
        })
    });
    Ok(skipped.collect())
}
