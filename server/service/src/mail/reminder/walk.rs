//! Reads the licenses that expire soon and queues their reminders. For a background worker.
//!
//! A round reads each account's range of an index by expiry, in batches, and stores no position: it writes
//! only reminders that are missing, so that a round can begin anew at any time and run on two nodes at once.

use domain::reminder::{FIRST_REMINDER_DAYS, REMINDER_DAYS, due_reminder};
use domain::{AccountId, LicenseId, Timestamp};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};
use uuid::Uuid;

use super::remind::{Due, remind};
use super::renewed::renewed_at;
use crate::mail::backlog;
use crate::{Result, Service, random};

/// Licenses read by one statement.
const LICENSES_PER_BATCH: usize = 500;
/// Reminders queued by one call. The worker pauses afterwards, which bounds reminders per minute.
const REMINDERS_PER_BATCH: u32 = 50;

/// The position of a round.
#[derive(Debug, Clone, Copy)]
pub struct ReminderPosition {
    account: Uuid,
    /// The last license, with its expiry. `None` after the last license of the account.
    license: Option<(i64, Uuid)>,
}

/// The outcome of a batch.
#[derive(Debug)]
pub struct Reminders {
    /// The number of reminders that were queued.
    pub queued: u32,
    /// The position of the next batch. `None` at the end of the round.
    pub next: Option<ReminderPosition>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    expires_at: i64,
    /// The license, if its customer can be reminded and was not.
    due_id: Option<Uuid>,
}

/// Queues the reminders of the next 500 licenses, 50 at most. Suspended and revoked licenses, licenses
/// without a customer's address, and products whose reminders are off get none. Ends the round while many
/// mails wait.
///
/// # Errors
/// Returns an error if the database fails. Reminders that were queued before are not queued again.
#[tracing::instrument(name = "mail.queue_reminders", level = "debug", skip_all, err(level = "debug"))]
pub async fn queue_reminders(service: &Service, position: Option<ReminderPosition>) -> Result<Reminders> {
    if !service.sends_mail() || backlog::is_long(service).await? {
        return Ok(Reminders { queued: 0, next: None });
    }
    let (account, after) = match position {
        Some(ReminderPosition { account, license: Some(license) }) => (account, license),
        ended => {
            let after = ended.map_or(Uuid::nil(), |position| position.account);
            let Some(account) = next_account(service, after).await? else {
                return Ok(Reminders { queued: 0, next: None });
            };
            (account, (service.now().millis(), Uuid::max()))
        }
    };
    let rows = licenses_after(service, account, after).await?;
    let is_last = rows.len() < LICENSES_PER_BATCH;
    let (mut queued, mut license) = (0, Some(after));
    for row in rows {
        license = Some((row.expires_at, row.id));
        let expires_at = Timestamp::from_millis(row.expires_at);
        if row.due_id.is_none() {
            continue;
        }
        let Some(days_before) = due_days(service, row.id, expires_at).await? else { continue };
        let due = Due { account: AccountId(account), license: LicenseId(row.id), expires_at, days_before };
        if remind(service, due).await? {
            queued += 1;
        }
        if queued == REMINDERS_PER_BATCH {
            return Ok(Reminders { queued, next: Some(ReminderPosition { account, license }) });
        }
    }
    if is_last {
        license = None;
    }
    Ok(Reminders { queued, next: Some(ReminderPosition { account, license }) })
}

/// Returns the reminder that is due, in days before the expiry. Only the first one depends on renewals.
async fn due_days(service: &Service, license: Uuid, expires_at: Timestamp) -> Result<Option<i32>> {
    let (now, arrived_at) = (service.now(), random::time_of_id(license));
    let due = due_reminder(expires_at, arrived_at, now);
    if due != Some(FIRST_REMINDER_DAYS) {
        return Ok(due);
    }
    let since = renewed_at(service, license).await?.map_or(arrived_at, |renewed| renewed.max(arrived_at));
    Ok(due_reminder(expires_at, since, now))
}

/// Returns the next account that sends reminders.
async fn next_account(service: &Service, after: Uuid) -> Result<Option<Uuid>> {
    // A scalar subquery, so that PostgreSQL looks up one account for each setting.
    let sql = "SELECT account_id FROM account_mail_settings AS s WHERE account_id > $1 AND sends_reminders \
               AND (SELECT 1 FROM accounts AS a WHERE a.id = s.account_id AND a.suspended_at IS NULL) \
               IS NOT NULL ORDER BY account_id LIMIT 1";
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, [after.into()]);
    let row = service.store.read().query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get("", "account_id")).transpose()?)
}

/// Reads the licenses of an account that expire next, after a license and its expiry.
async fn licenses_after(service: &Service, account: Uuid, after: (i64, Uuid)) -> Result<Vec<Row>> {
    let now = service.now();
    let until = now.plus_days(i64::from(FIRST_REMINDER_DAYS));
    let [last, middle, first] = REMINDER_DAYS;
    // Scalar subqueries, so that PostgreSQL looks up one row for each license.
    let sql = format!(
        "SELECT id, expires_at, CASE WHEN \
         (SELECT 1 FROM customers AS c WHERE c.id = licenses.customer_id AND c.email IS NOT NULL) IS NOT NULL \
         AND (SELECT 1 FROM products AS p WHERE p.id = licenses.product_id AND p.sends_reminders) IS NOT NULL \
         AND (SELECT 1 FROM license_reminders AS r WHERE r.expires_at = licenses.expires_at \
         AND r.license_id = licenses.id AND r.days_before = CASE WHEN licenses.expires_at <= $5 THEN {last} \
         WHEN licenses.expires_at <= $6 THEN {middle} ELSE {first} END) IS NULL THEN id END AS due_id \
         FROM licenses WHERE account_id = $1 AND state = 'active' AND expires_at <= $2 \
         AND (expires_at, id) > ($3, $4) ORDER BY expires_at, id LIMIT {LICENSES_PER_BATCH}"
    );
    let values = [
        account.into(),
        until.millis().into(),
        after.0.into(),
        after.1.into(),
        now.plus_days(i64::from(last)).millis().into(),
        now.plus_days(i64::from(middle)).millis().into(),
    ];
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    Ok(Row::find_by_statement(statement).all(service.store.read()).await?)
}
