//! The turns of the accounts, and how far each has come.

use std::collections::HashMap;

use domain::Timestamp;
use sea_orm::{ConnectionTrait as _, Statement};
use uuid::Uuid;

use crate::{Result, Service};

/// Accounts read by one statement.
const ACCOUNTS_PER_READ: usize = 100;
/// Time between two rounds through the licenses of an account, in milliseconds. A reminder is due for days.
const ROUND_INTERVAL_MS: i64 = 15 * 60_000;

/// The last license that was read, with its expiry.
pub(super) type Position = (i64, Uuid);

/// The turns of the accounts, in the memory of the worker. After a restart, and on another node, all accounts
/// begin anew: only reminders that are missing are queued.
#[derive(Debug, Default)]
pub struct ReminderTurns {
    /// The account whose turn was last. Nil: the next turn is of the first account.
    last: Uuid,
    accounts: HashMap<Uuid, Turn>,
}

/// The next turn of an account.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// `None` if a round begins.
    after: Option<Position>,
    due_at: Timestamp,
}

impl ReminderTurns {
    /// Begins the turn of the next account, and returns it with its position. `None` if no account is due.
    pub(super) async fn begin(&mut self, service: &Service) -> Result<Option<(Uuid, Option<Position>)>> {
        let now = service.now();
        let (mut after, mut is_last_part) = (self.last, self.last.is_nil());
        loop {
            let accounts = accounts_after(service, after).await?;
            if let Some(account) = accounts.iter().find(|account| self.is_due(**account, now)) {
                // Also before an error, so that the others have their turns.
                self.last = *account;
                return Ok(Some((*account, self.accounts.get(account).and_then(|turn| turn.after))));
            }
            match accounts.last() {
                Some(last) if accounts.len() == ACCOUNTS_PER_READ => after = *last,
                _ if is_last_part => return Ok(None),
                _ => (after, is_last_part) = (Uuid::nil(), true),
            }
        }
    }

    /// Stores the position of an account, whose next turn is due at a time.
    pub(super) fn go_on(&mut self, account: Uuid, after: Option<Position>, due_at: Timestamp) {
        self.accounts.insert(account, Turn { after, due_at });
    }

    /// Ends the round of an account. The next one begins with the licenses that expire first.
    pub(super) fn end_round(&mut self, account: Uuid, now: Timestamp) {
        self.go_on(account, None, now.plus_millis(ROUND_INTERVAL_MS));
    }

    fn is_due(&self, account: Uuid, now: Timestamp) -> bool {
        // A time beyond the interval was set by a clock that was ahead.
        let is_due = |turn: &Turn| turn.due_at <= now || turn.due_at > now.plus_millis(ROUND_INTERVAL_MS);
        self.accounts.get(&account).is_none_or(is_due)
    }
}

/// Returns the next accounts that send reminders, in the order of their ids.
async fn accounts_after(service: &Service, after: Uuid) -> Result<Vec<Uuid>> {
    // A scalar subquery, so that PostgreSQL looks up one account for each setting.
    let sql = format!(
        "SELECT account_id FROM account_mail_settings AS s WHERE account_id > $1 AND sends_reminders \
         AND (SELECT 1 FROM accounts AS a WHERE a.id = s.account_id AND a.suspended_at IS NULL) \
         IS NOT NULL ORDER BY account_id LIMIT {ACCOUNTS_PER_READ}"
    );
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, [after.into()]);
    let mut accounts = Vec::new();
    for row in service.store.read().query_all_raw(statement).await? {
        accounts.push(row.try_get("", "account_id")?);
    }
    Ok(accounts)
}
