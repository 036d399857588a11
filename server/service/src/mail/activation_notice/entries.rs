//! Audit entries that are not announced yet.

use domain::AccountId;
use domain::event::Event;
use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};
use uuid::Uuid;

use crate::{Result, Service};

/// Entries that a batch passes, at most. Most entries of an import or a bulk job are no activations.
const ENTRIES_PER_BATCH: u64 = 5_000;
/// Accounts read by one statement.
pub(super) const ACCOUNTS_PER_ROUND: usize = 100;

/// An account with entries to announce, after an entry.
pub(super) struct Waiting {
    pub account: AccountId,
    pub announced_until: Uuid,
}

/// The audit entry of an activation.
#[derive(FromQueryResult)]
pub(super) struct Entry {
    pub id: Uuid,
    pub license_id: Option<Uuid>,
    pub detail: Option<String>,
    pub created_at: i64,
}

/// Consecutive entries of an account.
pub(super) struct Batch {
    /// The activations among them.
    pub activations: Vec<Entry>,
    /// The last entry.
    pub until: Uuid,
    /// Whether further entries may wait.
    pub is_full: bool,
}

/// Returns accounts with entries before an id that are not announced, in the order of their ids, after an
/// account.
pub(super) async fn waiting_accounts(service: &Service, before: Uuid, after: Uuid) -> Result<Vec<Waiting>> {
    // Scalar subqueries, so that PostgreSQL reads one entry of each account: for EXISTS it may read all.
    let sql = format!(
        "SELECT s.account_id, s.announced_until FROM account_mail_settings AS s \
         WHERE s.account_id > $1 AND s.announced_until IS NOT NULL \
         AND (SELECT 1 FROM accounts AS a WHERE a.id = s.account_id AND a.suspended_at IS NULL) IS NOT NULL \
         AND (SELECT 1 FROM audit_entries AS e WHERE e.account_id = s.account_id \
         AND e.id > s.announced_until AND e.id < $2 LIMIT 1) IS NOT NULL \
         ORDER BY s.account_id LIMIT {ACCOUNTS_PER_ROUND}"
    );
    let values = [after.into(), before.into()];
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    let mut accounts = Vec::new();
    for row in service.store.read().query_all_raw(statement).await? {
        let account = AccountId(row.try_get("", "account_id")?);
        accounts.push(Waiting { account, announced_until: row.try_get("", "announced_until")? });
    }
    Ok(accounts)
}

/// Returns the next entries of an account before an id, with `limit` activations at most. `None` if there are
/// none.
pub(super) async fn next_batch(
    service: &Service,
    of: &Waiting,
    before: Uuid,
    limit: usize,
) -> Result<Option<Batch>> {
    let last_of_many = format!("ORDER BY id LIMIT 1 OFFSET {}", ENTRIES_PER_BATCH - 1);
    let (last, has_many) = match entry_id(service, of, before, &last_of_many).await? {
        Some(last) => (last, true),
        None => match entry_id(service, of, before, "ORDER BY id DESC LIMIT 1").await? {
            Some(last) => (last, false),
            None => return Ok(None),
        },
    };
    let sql = format!(
        "SELECT id, license_id, detail, created_at FROM audit_entries \
         WHERE account_id = $1 AND id > $2 AND id <= $3 AND action = '{}' ORDER BY id LIMIT {limit}",
        Event::ActivationCreated
    );
    let statement = statement(service, of, last, &sql);
    let activations = Entry::find_by_statement(statement).all(service.store.list_reader()).await?;
    let limited = activations.last().filter(|_| activations.len() == limit).map(|entry| entry.id);
    let is_full = has_many || limited.is_some();
    Ok(Some(Batch { until: limited.unwrap_or(last), activations, is_full }))
}

/// Returns the id of an entry among those that wait.
async fn entry_id(service: &Service, of: &Waiting, before: Uuid, order: &str) -> Result<Option<Uuid>> {
    let sql = format!("SELECT id FROM audit_entries WHERE account_id = $1 AND id > $2 AND id < $3 {order}");
    let found = service.store.list_reader().query_one_raw(statement(service, of, before, &sql)).await?;
    Ok(found.map(|row| row.try_get("", "id")).transpose()?)
}

fn statement(service: &Service, of: &Waiting, up_to: Uuid, sql: &str) -> Statement {
    let values = [of.account.0.into(), of.announced_until.into(), up_to.into()];
    Statement::from_sql_and_values(service.store.backend(), sql, values)
}
