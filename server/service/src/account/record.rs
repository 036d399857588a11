//! Audit entries about a user, in every account of the user.

use domain::event::Event;
use domain::permission::Role;
use domain::{AccountId, FieldError, UserId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::store::entity::{memberships, users};
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Error, Principal, Result};

/// Records an act of the user on the own sign-in.
///
/// # Errors
/// Returns an error if the user does not exist or the database fails.
pub(crate) async fn record_of_user(
    txn: &mut WriteTxn,
    user: UserId,
    event: Event,
    detail: Option<String>,
) -> Result<()> {
    let row = users::Entity::find_by_id(user.0).one(txn.conn()).await?.ok_or(Error::NotFound)?;
    record(txn, user, event, detail, |role| Principal::Member { user, name: row.name.clone(), role }).await
}

/// Records an act of another principal on the user's sign-in.
///
/// # Errors
/// Returns an error if the database fails.
pub(super) async fn record_by(
    txn: &mut WriteTxn,
    user: UserId,
    event: Event,
    detail: Option<String>,
    principal: &Principal,
) -> Result<()> {
    record(txn, user, event, detail, |_| principal.clone()).await
}

async fn record(
    txn: &mut WriteTxn,
    user: UserId,
    event: Event,
    detail: Option<String>,
    principal: impl Fn(Role) -> Principal,
) -> Result<()> {
    let joined = memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.0))
        .order_by_asc(memberships::Column::AccountId)
        .all(txn.conn())
        .await?;
    for membership in joined {
        let role = membership.role.parse().map_err(|e: FieldError| Error::Internal(e.to_string()))?;
        let actor = Actor { account: AccountId(membership.account_id), principal: principal(role) };
        let entry = AuditEvent {
            event,
            license: None,
            product: None,
            detail: detail.clone(),
            payload: serde_json::json!({ "user_id": user }),
        };
        txn.record(&actor, entry);
    }
    Ok(())
}
