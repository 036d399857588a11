//! Reads the licenses that expire soon and queues their reminders. For a background worker.
//!
//! A round reads an account's range of an index by expiry, in batches, and stores no position: it writes only
//! reminders that are missing, so that a round can begin anew at any time and run on two nodes at once. Accounts
//! take turns, batch by batch, so that a large one does not keep the others waiting.

use domain::mail::MailKind;
use domain::reminder::{FIRST_REMINDER_DAYS, REMINDER_DAYS, due_reminder};
use domain::{AccountId, LicenseId, Timestamp};
use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

use super::remind::{Due, remind};
use super::renewed::renewed_at;
use super::turns::{Position, ReminderTurns};
use crate::mail::backlog;
use crate::mail::worker_quota::{Allowance, allowance};
use crate::{Result, Service, random};

/// Licenses read by one statement.
const LICENSES_PER_BATCH: usize = 500;
/// Reminders queued by one call. The worker pauses afterwards, which bounds reminders per minute.
const REMINDERS_PER_BATCH: usize = 50;
/// Pause of an account whose mails wait for the mail server, in milliseconds.
const WAITING_PAUSE_MS: i64 = 30_000;

/// The outcome of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reminders {
    /// So many reminders of an account were queued. Other licenses follow.
    Queued(usize),
    /// Many mails wait for the mail server. All accounts keep their positions.
    Paused,
    /// No account is due.
    Done,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    expires_at: i64,
    /// The license, if its customer can be reminded and was not.
    due_id: Option<Uuid>,
}

/// Queues the reminders of the next 500 licenses of the account whose turn is next: 50 at most, and 500 in an
/// hour. Suspended and revoked licenses, licenses without a customer's address, and products whose reminders are
/// off get none. Queues nothing while many mails wait.
///
/// # Errors
/// Returns an error if the database fails. Reminders that were queued before are not queued again.
#[tracing::instrument(name = "mail.queue_reminders", level = "debug", skip_all, err(level = "debug"))]
pub async fn queue_reminders(service: &Service, turns: &mut ReminderTurns) -> Result<Reminders> {
    if !service.sends_mail() {
        return Ok(Reminders::Done);
    }
    if backlog::is_long(service).await? {
        return Ok(Reminders::Paused);
    }
    let Some((account, after)) = turns.begin(service).await? else { return Ok(Reminders::Done) };
    let now = service.now();
    let limit = match allowance(service, AccountId(account), MailKind::ExpiryReminder).await? {
        Allowance::Mails(left) => left.min(REMINDERS_PER_BATCH),
        Allowance::AfterOthers => {
            turns.go_on(account, after, now.plus_millis(WAITING_PAUSE_MS));
            return Ok(Reminders::Queued(0));
        }
        Allowance::Later => {
            turns.end_round(account, now);
            return Ok(Reminders::Queued(0));
        }
    };
    let batch = remind_next(service, account, after, limit).await?;
    match batch.last {
        Some(last) => turns.go_on(account, Some(last), now),
        None => turns.end_round(account, now),
    }
    Ok(Reminders::Queued(batch.queued))
}

/// The outcome of a batch.
struct Batch {
    queued: usize,
    /// `None` if the account has no further licenses.
    last: Option<Position>,
}

/// Queues the reminders of the next licenses of an account, up to a limit.
async fn remind_next(
    service: &Service,
    account: Uuid,
    after: Option<Position>,
    limit: usize,
) -> Result<Batch> {
    let after = after.unwrap_or_else(|| (service.now().millis(), Uuid::max()));
    let rows = licenses_after(service, account, after).await?;
    let is_last = rows.len() < LICENSES_PER_BATCH;
    let (mut queued, mut last) = (0, None);
    for row in rows {
        last = Some((row.expires_at, row.id));
        let expires_at = Timestamp::from_millis(row.expires_at);
        if row.due_id.is_none() {
            continue;
        }
        let Some(days_before) = due_days(service, row.id, expires_at).await? else { continue };
        let due = Due { account: AccountId(account), license: LicenseId(row.id), expires_at, days_before };
        if remind(service, due).await? {
            queued += 1;
        }
        if queued == limit {
            return Ok(Batch { queued, last });
        }
    }
    Ok(Batch { queued, last: last.filter(|_| !is_last) })
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

/// Reads the licenses of an account that expire next, after a license and its expiry.
async fn licenses_after(service: &Service, account: Uuid, after: Position) -> Result<Vec<Row>> {
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
