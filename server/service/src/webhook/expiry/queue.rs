//! Writes the events of expiries that are due. For a background worker.
//!
//! Each expiry gets a mark for each event, in the transaction of the event. Expiries that were due before the
//! webhooks took the event get a mark alone. A round can therefore begin anew at any time, and run on two nodes at
//! once: the transaction that comes second fails by the key of the marks.

use std::collections::HashMap;

use domain::webhook::{DueExpiries, Trigger, WebhookEvent};
use domain::{AccountId, Timestamp};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QuerySelect as _, Statement,
};
use uuid::Uuid;

use super::subscribed::subscribed_to;
use crate::store::bulk_write::BulkWrite;
use crate::store::change_sink::Change;
use crate::store::entity::licenses;
use crate::store::row_values::{ColumnType, Columns, in_rows, row};
use crate::{Result, Service};

/// Licenses of one transaction, so that other writers do not wait long.
const LICENSES_PER_TXN: usize = 200;

const MARK_COLUMNS: Columns = &[
    ("expires_at", ColumnType::Int),
    ("license_id", ColumnType::Uuid),
    ("event", ColumnType::Text),
    ("account_id", ColumnType::Uuid),
];

#[derive(FromQueryResult)]
struct Expiry {
    id: Uuid,
    expires_at: i64,
    updated_at: i64,
}

/// Writes the events of all accounts whose webhooks take them. Returns the number of licenses.
///
/// # Errors
/// Returns an error if the database fails. Events that were written before are not written again.
#[tracing::instrument(name = "webhook.queue_expiry_events", level = "debug", skip_all, err(level = "debug"))]
pub async fn queue_expiry_events(service: &Service) -> Result<u64> {
    if service.webhooks.get().is_none() {
        return Ok(0);
    }
    let due = DueExpiries::at(service.now());
    let subscribed = subscribed_to(service, &due.map(|due| due.event)).await?;
    let mut queued = 0;
    for ((account, event), since) in subscribed {
        let Some(due) = due.iter().find(|due| due.event == event) else { continue };
        queued += queue_of_account(service, AccountId(account), *due, since).await?;
    }
    Ok(queued)
}

async fn queue_of_account(
    service: &Service,
    account: AccountId,
    due: DueExpiries,
    since: Timestamp,
) -> Result<u64> {
    let mut queued = 0;
    loop {
        let expiries = unmarked(service, account, due).await?;
        queued += write(service, account, due, since, &expiries).await?;
        if expiries.len() < LICENSES_PER_TXN {
            return Ok(queued);
        }
    }
}

/// Reads licenses whose expiry has no mark of the event.
async fn unmarked(service: &Service, account: AccountId, due: DueExpiries) -> Result<Vec<Expiry>> {
    // A scalar subquery, so that PostgreSQL looks up one mark for each license.
    let sql = format!(
        "SELECT id, expires_at, updated_at FROM licenses WHERE account_id = $1 AND expires_at > $2 \
         AND expires_at <= $3 AND state <> 'revoked' AND (SELECT 1 FROM license_expiry_events AS e \
         WHERE e.expires_at = licenses.expires_at AND e.license_id = licenses.id AND e.event = $4) IS NULL \
         ORDER BY expires_at, id LIMIT {LICENSES_PER_TXN}"
    );
    let values =
        [account.0.into(), due.after.millis().into(), due.until.millis().into(), due.event.as_str().into()];
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    Ok(Expiry::find_by_statement(statement).all(service.store.list_reader()).await?)
}

/// Marks expiries and writes the events of those that are new. Leaves out licenses whose expiry changed meanwhile.
async fn write(
    service: &Service,
    account: AccountId,
    due: DueExpiries,
    since: Timestamp,
    expiries: &[Expiry],
) -> Result<u64> {
    if expiries.is_empty() {
        return Ok(0);
    }
    let mut txn = service.begin_write().await?;
    let ids: Vec<_> = expiries.iter().map(|expiry| row![expiry.id]).collect();
    let current: Vec<(Uuid, Option<i64>)> = licenses::Entity::find()
        .select_only()
        .columns([licenses::Column::Id, licenses::Column::ExpiresAt])
        .filter(in_rows(txn.conn().get_database_backend(), &[("id", ColumnType::Uuid)], &ids)?)
        .filter(licenses::Column::AccountId.eq(account.0))
        .into_tuple()
        .all(txn.conn())
        .await?;
    let current: HashMap<Uuid, Option<i64>> = current.into_iter().collect();
    let trigger = if due.event == WebhookEvent::LicenseExpired {
        Trigger::LicenseExpired
    } else {
        Trigger::LicenseExpiringSoon
    };
    let (mut marks, mut written) = (Vec::new(), 0);
    for expiry in expiries.iter().filter(|expiry| current.get(&expiry.id) == Some(&Some(expiry.expires_at))) {
        marks.push(row![expiry.expires_at, expiry.id, due.event.as_str(), account.0]);
        let (expires_at, changed_at) =
            (Timestamp::from_millis(expiry.expires_at), Timestamp::from_millis(expiry.updated_at));
        if due.is_new(expires_at, changed_at, since) {
            txn.notify(Change::of_license(account, trigger, expiry.id));
            written += 1;
        }
    }
    txn.defer_write(BulkWrite::insert("license_expiry_events", MARK_COLUMNS, marks));
    txn.commit().await?;
    Ok(written)
}
