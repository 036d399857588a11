//! Audit entries that are not announced yet.

use domain::AccountId;
use domain::event::Event;
use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};
use uuid::Uuid;

use crate::{Result, Service};

/// Entries read by one statement, and announced in one transaction.
pub(super) const ENTRIES_PER_BATCH: usize = 100;
/// Accounts in one round.
const ACCOUNTS_PER_ROUND: u64 = 100;

/// An account with entries to announce, after an entry.
pub(super) struct Waiting {
    pub account: AccountId,
    pub announced_until: Uuid,
}

/// An audit entry.
#[derive(FromQueryResult)]
pub(super) struct Entry {
    pub id: Uuid,
    pub license_id: Option<Uuid>,
    pub action: String,
    pub detail: Option<String>,
    pub created_at: i64,
}

impl Entry {
    /// Returns whether the entry is about an activation.
    pub fn is_activation(&self) -> bool {
        self.action == Event::ActivationCreated.as_str()
    }
}

/// Returns accounts with entries before an id that are not announced.
pub(super) async fn waiting_accounts(service: &Service, before: Uuid) -> Result<Vec<Waiting>> {
    // Scalar subqueries, so that PostgreSQL reads one entry of each account: for EXISTS it may read all.
    let sql = format!(
        "SELECT s.account_id, s.announced_until FROM account_mail_settings AS s \
         WHERE s.announced_until IS NOT NULL \
         AND (SELECT 1 FROM accounts AS a WHERE a.id = s.account_id AND a.suspended_at IS NULL) IS NOT NULL \
         AND (SELECT 1 FROM audit_entries AS e WHERE e.account_id = s.account_id \
         AND e.id > s.announced_until AND e.id < $1 LIMIT 1) IS NOT NULL \
         ORDER BY s.account_id LIMIT {ACCOUNTS_PER_ROUND}"
    );
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, [before.into()]);
    let mut accounts = Vec::new();
    for row in service.store.read().query_all_raw(statement).await? {
        let account = AccountId(row.try_get("", "account_id")?);
        accounts.push(Waiting { account, announced_until: row.try_get("", "announced_until")? });
    }
    Ok(accounts)
}

/// Returns the next entries of an account before an id.
pub(super) async fn next_entries(service: &Service, of: &Waiting, before: Uuid) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT id, license_id, action, detail, created_at FROM audit_entries \
         WHERE account_id = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT {ENTRIES_PER_BATCH}"
    );
    let values = [of.account.0.into(), of.announced_until.into(), before.into()];
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    Ok(Entry::find_by_statement(statement).all(service.store.list_reader()).await?)
}
