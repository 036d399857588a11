//! The overview of an account, from daily totals and short index reads.

use domain::license::Standing;
use domain::permission::Permission;
use domain::refusal::RefusalReason;
use domain::view::{DayCount, LicenseQuery, LicenseRow, Overview, ReasonCount, RefusingLicense, Sort, Trend};
use domain::{LicenseId, Timestamp};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationDef,
};
use uuid::Uuid;

use crate::store::entity::{customers, daily_counts, license_refusals, licenses, users};
use crate::usage::ACTIVATED;
use crate::{Actor, Principal, Result, Service, license, product};

/// The periods of the page, in days.
pub const PERIODS: [i32; 3] = [7, 30, 90];
/// Rows of each short list.
const LIST_ROWS: u64 = 5;
/// Licenses that expire within these days need the seller.
const EXPIRING_DAYS: i64 = 30;

/// Returns the content of the overview page for the last `period` days; an unknown period counts as
/// 30 days.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "account.overview", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn overview(service: &Service, actor: &Actor, period: i32) -> Result<Overview> {
    actor.require(Permission::Read)?;
    let period = if PERIODS.contains(&period) { period } else { PERIODS[1] };
    let today = service.now().day();
    let mut sums = Sums::new(today - (period - 1), period);
    let counts = daily_counts::Entity::find()
        .filter(daily_counts::Column::AccountId.eq(actor.account.0))
        .filter(daily_counts::Column::Day.gt(today - 2 * period))
        .all(service.store.read())
        .await?;
    for count in &counts {
        sums.add(count);
    }
    let short = async |sort, standing| {
        let query = LicenseQuery { sort, standing, ..LicenseQuery::default() };
        license::load_rows(service, actor, &query, LIST_ROWS).await.map(|page| page.items)
    };
    let mut reasons = Vec::new();
    for (reason, count) in sums.reasons.into_iter().filter(|(_, count)| count.current > 0) {
        let latest = latest_refusals(service, actor, reason).await?;
        reasons.push(ReasonCount { reason, count, latest });
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count.current));
    let soon = service.now().plus_days(EXPIRING_DAYS);
    let expires_soon = |row: &LicenseRow| row.expires_at.is_some_and(|at| at <= soon);
    Ok(Overview {
        notices: if is_operator(service, actor).await? { service.notices().texts() } else { Vec::new() },
        days: sums.days,
        licenses: product::list(service, actor).await?.iter().map(|p| p.licenses).sum(),
        activations: sums.activations,
        verifications: sums.verifications,
        refused: sums.refused,
        reasons,
        expiring: short(Sort::Expiry, Some(Standing::Active))
            .await?
            .into_iter()
            .filter(expires_soon)
            .collect(),
        suspended: short(Sort::Newest, Some(Standing::Suspended)).await?,
        latest: short(Sort::Newest, None).await?,
    })
}

/// Sums of the daily counts of two periods.
struct Sums {
    first: i32,
    days: Vec<DayCount>,
    activations: Trend,
    verifications: Trend,
    refused: Trend,
    reasons: [(RefusalReason, Trend); 6],
}

impl Sums {
    fn new(first: i32, period: i32) -> Self {
        Self {
            first,
            days: (first..first + period).map(|day| DayCount { day, valid: 0, refused: 0 }).collect(),
            activations: Trend::default(),
            verifications: Trend::default(),
            refused: Trend::default(),
            reasons: RefusalReason::ALL.map(|reason| (reason, Trend::default())),
        }
    }

    fn add(&mut self, row: &daily_counts::Model) {
        let day = usize::try_from(row.day - self.first).ok();
        let add = |trend: &mut Trend| {
            let sum = if day.is_some() { &mut trend.current } else { &mut trend.previous };
            *sum += row.count;
        };
        if row.outcome == ACTIVATED {
            return add(&mut self.activations);
        }
        let is_valid = row.outcome == "valid";
        if let Some(day) = day.and_then(|day| self.days.get_mut(day)) {
            *(if is_valid { &mut day.valid } else { &mut day.refused }) += row.count;
        }
        add(&mut self.verifications);
        if !is_valid {
            add(&mut self.refused);
        }
        if let Some((_, trend)) = self.reasons.iter_mut().find(|(reason, _)| reason.as_str() == row.outcome) {
            add(trend);
        }
    }
}

/// A refused subject with its license and customer.
#[derive(FromQueryResult)]
struct RefusalRow {
    license_id: Uuid,
    subject: String,
    hostname: Option<String>,
    count: i64,
    last_at: i64,
    last_four: String,
    name: Option<String>,
    email: Option<String>,
}

fn license_relation() -> RelationDef {
    license_refusals::Entity::belongs_to(licenses::Entity)
        .from(license_refusals::Column::LicenseId)
        .to(licenses::Column::Id)
        .into()
}

fn customer_relation() -> RelationDef {
    licenses::Entity::belongs_to(customers::Entity)
        .from(licenses::Column::CustomerId)
        .to(customers::Column::Id)
        .into()
}

async fn latest_refusals(
    service: &Service,
    actor: &Actor,
    reason: RefusalReason,
) -> Result<Vec<RefusingLicense>> {
    let rows = license_refusals::Entity::find()
        .select_only()
        .columns([
            license_refusals::Column::LicenseId,
            license_refusals::Column::Subject,
            license_refusals::Column::Hostname,
            license_refusals::Column::Count,
            license_refusals::Column::LastAt,
        ])
        .column(licenses::Column::LastFour)
        .columns([customers::Column::Name, customers::Column::Email])
        .join(JoinType::InnerJoin, license_relation())
        .join(JoinType::LeftJoin, customer_relation())
        .filter(license_refusals::Column::AccountId.eq(actor.account.0))
        .filter(license_refusals::Column::Reason.eq(reason.as_str()))
        .order_by_desc(license_refusals::Column::LastAt)
        .limit(LIST_ROWS)
        .into_model::<RefusalRow>()
        .all(service.store.read())
        .await?;
    let refusing = |row: RefusalRow| RefusingLicense {
        license: LicenseId(row.license_id),
        last_four: row.last_four,
        customer: row.name.or(row.email),
        subject: row.hostname.unwrap_or_else(|| row.subject.clone()),
        stored_subject: row.subject,
        count: row.count,
        last_at: Timestamp::from_millis(row.last_at),
    };
    Ok(rows.into_iter().map(refusing).collect())
}

async fn is_operator(service: &Service, actor: &Actor) -> Result<bool> {
    let Principal::Member { user, .. } = &actor.principal else { return Ok(false) };
    let row = users::Entity::find_by_id(user.0).one(service.store.read()).await?;
    Ok(row.is_some_and(|row| row.is_operator))
}
