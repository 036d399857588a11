//! The overview of an account, from daily totals and short index reads.

use domain::license::Standing;
use domain::permission::Permission;
use domain::view::{DayCount, LicenseQuery, Overview, Sort};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::store::entity::{daily_counts, users};
use crate::{Actor, Principal, Result, Service, license, product};

/// Days in the chart.
const CHART_DAYS: i32 = 30;
/// Rows of each short list.
const LIST_ROWS: u64 = 5;

/// Returns the content of the overview page.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "account.overview", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn overview(service: &Service, actor: &Actor) -> Result<Overview> {
    actor.require(Permission::Read)?;
    let today = service.now().day();
    let first = today - (CHART_DAYS - 1);
    let counts = daily_counts::Entity::find()
        .filter(daily_counts::Column::AccountId.eq(actor.account.0))
        .filter(daily_counts::Column::Day.gte(first))
        .all(service.store.read())
        .await?;
    let mut days: Vec<DayCount> = (first..=today).map(|day| DayCount { day, valid: 0, refused: 0 }).collect();
    for count in counts {
        let at = usize::try_from(count.day - first).ok().and_then(|i| days.get_mut(i));
        if let Some(day) = at {
            if count.outcome == "valid" {
                day.valid += count.count;
            } else {
                day.refused += count.count;
            }
        }
    }
    let short = async |sort, standing| {
        let query = LicenseQuery { sort, standing, ..LicenseQuery::default() };
        license::load_rows(service, actor, &query, LIST_ROWS).await.map(|page| page.items)
    };
    Ok(Overview {
        notices: if is_operator(service, actor).await? { service.notices().texts() } else { Vec::new() },
        days,
        licenses: product::list(service, actor).await?.iter().map(|p| p.licenses).sum(),
        expiring: short(Sort::Expiry, Some(Standing::Active)).await?,
        latest: short(Sort::Newest, None).await?,
    })
}

async fn is_operator(service: &Service, actor: &Actor) -> Result<bool> {
    let Principal::Member { user, .. } = &actor.principal else { return Ok(false) };
    let row = users::Entity::find_by_id(user.0).one(service.store.read()).await?;
    Ok(row.is_some_and(|row| row.is_operator))
}
