//! The quota of mails that members of an account ask for. The server sends them in the operator's name.

use domain::AccountId;
use domain::mail::{MAX_PER_HOUR, MailKind};
use sea_orm::{ColumnTrait as _, QueryFilter as _};

use super::recent::{are_at_least, of_last_hour};
use crate::store::WriteTxn;
use crate::store::entity::mails;
use crate::{Error, Result};

/// Checks that members of the account have asked for less than the quota within the last hour. Mails that
/// workers queue do not count: they have a quota of their own. Concurrent requests may exceed the quota by
/// their number.
///
/// # Errors
/// Returns [`Error::Conflict`] if the quota is used up, or another [`Error`] if the database fails.
pub(crate) async fn require_quota(txn: &WriteTxn, account: AccountId) -> Result<()> {
    let asked_for = of_last_hour(&MailKind::ASKED_FOR_BY_MEMBERS, txn.now());
    let of_account = asked_for.filter(mails::Column::AccountId.eq(account.0));
    if !are_at_least(txn.conn(), of_account, MAX_PER_HOUR).await? {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "This account has sent {MAX_PER_HOUR} mails within an hour. Try again later."
    )))
}
