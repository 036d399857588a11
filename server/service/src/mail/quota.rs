//! The quota of mails that members of an account ask for. The server sends them in the operator's name.

use domain::AccountId;
use domain::mail::{MAX_PER_HOUR, MailKind};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::store::WriteTxn;
use crate::store::entity::mails;
use crate::{Error, Result, random};

const HOUR_MS: i64 = 3_600_000;

/// Checks that members of the account have asked for less than the quota within the last hour. Mails that
/// workers queue do not count: they have a quota of their own. Concurrent requests may exceed the quota by
/// their number.
///
/// # Errors
/// Returns [`Error::Conflict`] if the quota is used up, or another [`Error`] if the database fails.
pub(crate) async fn require_quota(txn: &WriteTxn, account: AccountId) -> Result<()> {
    let hour_ago = random::first_id_at(txn.now().plus_millis(-HOUR_MS));
    let queued: Vec<Uuid> = mails::Entity::find()
        .select_only()
        .column(mails::Column::Id)
        .filter(mails::Column::AccountId.eq(account.0))
        .filter(mails::Column::Id.gte(hour_ago))
        .filter(mails::Column::Kind.is_in(MailKind::ASKED_FOR_BY_MEMBERS.map(MailKind::as_str)))
        .limit(MAX_PER_HOUR as u64)
        .into_tuple()
        .all(txn.conn())
        .await?;
    if queued.len() < MAX_PER_HOUR {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "This account has sent {MAX_PER_HOUR} mails within an hour. Try again later."
    )))
}
