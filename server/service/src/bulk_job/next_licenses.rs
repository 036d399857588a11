//! The licenses of the next batch of a job, read before its transaction.

use std::collections::HashMap;

use domain::bulk::{Former, Selection};
use domain::view::{LicenseQuery, Sort};
use domain::{AccountId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::row;
use crate::store::entity::{bulk_job_items as items, bulk_jobs};
use crate::{Actor, Error, Principal, Result, Service, license};

/// Most licenses that are counted for the progress of a job.
const MAX_TOTAL: u64 = 1_000_000;

/// The next licenses of a job.
#[derive(Default)]
pub(super) struct NextLicenses {
    /// The ids, in the order of the selection.
    pub ids: Vec<Uuid>,
    /// The position after these licenses.
    pub position: Option<String>,
    /// No licenses follow.
    pub is_last: bool,
    /// The values that an undo restores, by license.
    pub former: HashMap<Uuid, Former>,
    /// A change may move a license ahead in the selection, so that it is found again.
    pub may_repeat: bool,
    /// Licenses that were issued after the start are not selected.
    pub is_query: bool,
}

/// Loads at most `most` licenses after the position of a job.
pub(super) async fn load(service: &Service, job: &bulk_jobs::Model, most: u64) -> Result<NextLicenses> {
    if let Some(undone) = job.undo_of {
        return load_items(service, job, undone, most).await;
    }
    match row::selection(job)? {
        Selection::Licenses(licenses) => {
            let after = position_id(job)?;
            let ids = licenses.into_iter().map(|id| id.0).filter(|id| *id > after);
            Ok(by_id(ids.take(usize::try_from(most).unwrap_or(usize::MAX)).collect(), most))
        }
        Selection::Query(query) => {
            let query = LicenseQuery { cursor: cursor(job)?, ..in_order(query) };
            let found = license::selected_ids(service, &reader(job), &query, started_at(job), most).await?;
            Ok(NextLicenses {
                position: found.last().map(|last| last.cursor().to_string()),
                is_last: (found.len() as u64) < most,
                ids: found.iter().map(|found| found.id).collect(),
                may_repeat: query.normalized().sort == Sort::Expiry,
                is_query: true,
                ..NextLicenses::default()
            })
        }
    }
}

/// Returns the number of selected licenses, for the progress of a job. Counted once by the worker.
pub(super) async fn total(service: &Service, job: &bulk_jobs::Model) -> Result<Option<i64>> {
    if job.total.is_some() {
        return Ok(job.total);
    }
    let Selection::Query(query) = row::selection(job)? else { return Ok(None) };
    let query = in_order(query);
    let n = license::count_selected(service, &reader(job), &query, started_at(job), MAX_TOTAL).await?;
    Ok(i64::try_from(n).ok())
}

/// Loads the licenses that the undone job has changed.
async fn load_items(
    service: &Service,
    job: &bulk_jobs::Model,
    undone: Uuid,
    most: u64,
) -> Result<NextLicenses> {
    let found = items::Entity::find()
        .filter(items::Column::JobId.eq(undone))
        .filter(items::Column::LicenseId.gt(position_id(job)?))
        .filter(Expr::cust("outcome = 'done'"))
        .order_by_asc(items::Column::LicenseId)
        .limit(most)
        .all(service.store.list_reader())
        .await?;
    let former =
        |item: &items::Model| Some((item.license_id, serde_json::from_str(item.former.as_deref()?).ok()?));
    Ok(NextLicenses {
        former: found.iter().filter_map(former).collect(),
        ..by_id(found.iter().map(|item| item.license_id).collect(), most)
    })
}

fn by_id(ids: Vec<Uuid>, most: u64) -> NextLicenses {
    NextLicenses {
        position: ids.last().map(Uuid::to_string),
        is_last: (ids.len() as u64) < most,
        ids,
        ..NextLicenses::default()
    }
}

/// A job reads the oldest licenses first, so that licenses issued meanwhile come last.
fn in_order(query: LicenseQuery) -> LicenseQuery {
    let sort = if query.sort == Sort::Newest { Sort::Oldest } else { query.sort };
    LicenseQuery { sort, ..query }
}

/// Reads the account's licenses. The permission of the principal is checked in the transaction.
fn reader(job: &bulk_jobs::Model) -> Actor {
    Actor { account: AccountId(job.account_id), principal: Principal::System }
}

fn started_at(job: &bulk_jobs::Model) -> Timestamp {
    Timestamp::from_millis(job.created_at)
}

fn position_id(job: &bulk_jobs::Model) -> Result<Uuid> {
    job.position.as_deref().map_or(Ok(Uuid::nil()), str::parse).map_err(|_| damaged(job))
}

fn cursor(job: &bulk_jobs::Model) -> Result<Option<domain::view::PageCursor>> {
    job.position.as_deref().map(str::parse).transpose().map_err(|_| damaged(job))
}

fn damaged(job: &bulk_jobs::Model) -> Error {
    Error::Internal(format!("bulk job {}: the stored position is not valid", job.id))
}
