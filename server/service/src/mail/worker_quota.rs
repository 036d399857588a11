//! The quota of mails that workers queue for an account, apart from the quota of members.
//!
//! A seller writes the texts, has any addresses as customers, and can cause notices by activating its own keys.

use domain::AccountId;
use domain::mail::{MAX_OF_WORKER_PER_HOUR, MAX_OF_WORKER_WAITING, MailKind, MailState};
use sea_orm::{ColumnTrait as _, QueryFilter as _, QuerySelect as _};

use super::recent::of_last_hour;
use crate::store::entity::mails;
use crate::{Result, Service};

/// What a worker may queue for an account now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowance {
    /// So many mails, at least one.
    Mails(usize),
    /// None, until the mail server has accepted some of the account's.
    AfterOthers,
    /// None, because the quota of an hour is used up.
    Later,
}

/// Returns the number of mails of a kind that a worker may queue for an account. Each kind has its own quota, so
/// that notices do not displace reminders.
///
/// # Errors
/// Returns an error if the database fails.
pub(super) async fn allowance(service: &Service, account: AccountId, kind: MailKind) -> Result<Allowance> {
    let now = service.now();
    let queued: Vec<(String, i64)> = of_last_hour(&[kind], now)
        .filter(mails::Column::AccountId.eq(account.0))
        .select_only()
        .columns([mails::Column::State, mails::Column::NextAttemptAt])
        .limit(MAX_OF_WORKER_PER_HOUR as u64)
        .into_tuple()
        .all(service.store.read())
        .await?;
    let is_due = |state: &str, at: i64| state == MailState::Queued.as_str() && at <= now.millis();
    let waiting = queued.iter().filter(|(state, at)| is_due(state, *at)).count();
    let of_hour = MAX_OF_WORKER_PER_HOUR.saturating_sub(queued.len());
    Ok(match MAX_OF_WORKER_WAITING.saturating_sub(waiting) {
        _ if of_hour == 0 => Allowance::Later,
        0 => Allowance::AfterOthers,
        left => Allowance::Mails(left.min(of_hour)),
    })
}
