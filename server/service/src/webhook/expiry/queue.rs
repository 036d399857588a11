//! Writes the events of expiries that are due. For a background worker.
//!
//! Each expiry gets a mark for each event, in the transaction of the event. Expiries that were due before the
//! webhooks took the event get a mark alone. A round can therefore begin anew at any time, and run on two nodes at
//! once: the transaction that comes second fails by the key of the marks.

use std::collections::HashMap;

use domain::webhook::{Trigger, WebhookEvent};
use domain::{AccountId, Timestamp};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::group::{Expiry, Group};
use super::subscribed::subscribed_to;
use crate::store::bulk_write::BulkWrite;
use crate::store::change_sink::Change;
use crate::store::entity::licenses;
use crate::store::row_values::{ColumnType, Columns, in_rows, row};
use crate::{Result, Service};

/// Licenses of one transaction, so that other writers do not wait long.
const LICENSES_PER_TXN: u64 = 200;

const EVENTS: [WebhookEvent; 2] = [WebhookEvent::LicenseExpired, WebhookEvent::LicenseExpiringSoon];

const MARK_COLUMNS: Columns = &[
    ("expires_at", ColumnType::Int),
    ("license_id", ColumnType::Uuid),
    ("event", ColumnType::Text),
    ("account_id", ColumnType::Uuid),
];

/// Writes the events of all accounts whose webhooks take them. Returns the number of licenses.
///
/// # Errors
/// Returns an error if the database fails. Events that were written before are not written again.
#[tracing::instrument(name = "webhook.queue_expiry_events", level = "debug", skip_all, err(level = "debug"))]
pub async fn queue_expiry_events(service: &Service) -> Result<u64> {
    if service.webhooks.get().is_none() {
        return Ok(0);
    }
    let now = service.now();
    let mut queued = 0;
    for ((account, event), since) in subscribed_to(service, &EVENTS).await? {
        let account = AccountId(account);
        for group in Group::all(service, account, event, now).await? {
            queued += queue_of_group(service, account, &group, since).await?;
        }
    }
    Ok(queued)
}

async fn queue_of_group(
    service: &Service,
    account: AccountId,
    group: &Group,
    since: Timestamp,
) -> Result<u64> {
    let mut queued = 0;
    loop {
        let expiries = group.unmarked(service, account, LICENSES_PER_TXN).await?;
        queued += write(service, account, group.due.event, since, &expiries).await?;
        if (expiries.len() as u64) < LICENSES_PER_TXN {
            return Ok(queued);
        }
    }
}

/// Marks expiries and writes the events of those that are new. Leaves out licenses whose expiry changed meanwhile.
async fn write(
    service: &Service,
    account: AccountId,
    event: WebhookEvent,
    since: Timestamp,
    expiries: &[Expiry],
) -> Result<u64> {
    if expiries.is_empty() {
        return Ok(0);
    }
    let mut txn = service.begin_write().await?;
    let ids: Vec<_> = expiries.iter().map(|expiry| row![expiry.id]).collect();
    // The account is compared afterwards: with it in the condition, SQLite reads all licenses of the account.
    let current: Vec<(Uuid, Uuid, Option<i64>)> = licenses::Entity::find()
        .select_only()
        .columns([licenses::Column::Id, licenses::Column::AccountId, licenses::Column::ExpiresAt])
        .filter(in_rows(txn.conn().get_database_backend(), &[("id", ColumnType::Uuid)], &ids)?)
        .into_tuple()
        .all(txn.conn())
        .await?;
    let current: HashMap<Uuid, Option<i64>> = current
        .into_iter()
        .filter(|(_, of_account, _)| *of_account == account.0)
        .map(|(id, _, expires_at)| (id, expires_at))
        .collect();
    let trigger = if event == WebhookEvent::LicenseExpired {
        Trigger::LicenseExpired
    } else {
        Trigger::LicenseExpiringSoon
    };
    let (mut marks, mut written) = (Vec::new(), 0);
    for expiry in expiries.iter().filter(|expiry| current.get(&expiry.id) == Some(&Some(expiry.expires_at))) {
        marks.push(row![expiry.expires_at, expiry.id, event.as_str(), account.0]);
        let (expires_at, changed_at) =
            (Timestamp::from_millis(expiry.expires_at), Timestamp::from_millis(expiry.updated_at));
        if expiry.due.is_new(expires_at, changed_at, since) {
            txn.notify(Change::of_license(account, trigger, expiry.id));
            written += 1;
        }
    }
    txn.defer_write(BulkWrite::insert("license_expiry_events", MARK_COLUMNS, marks));
    txn.commit().await?;
    Ok(written)
}
