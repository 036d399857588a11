//! Audit entries about a user, in every account of the user.

use domain::event::Event;
use domain::{AccountId, UserId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::store::entity::memberships;
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Principal, Result};

/// Records an act of the actor on the own sign-in.
///
/// # Errors
/// Returns `Forbidden` if the actor is no member, or an error if the database fails.
pub(crate) async fn record_own(
    txn: &mut WriteTxn,
    actor: &Actor,
    event: Event,
    detail: Option<String>,
) -> Result<()> {
    record_by(txn, actor.own_user()?, event, detail, &actor.principal).await
}

/// Records an act of a principal on the user's sign-in.
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
    let joined = memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.0))
        .order_by_asc(memberships::Column::AccountId)
        .all(txn.conn())
        .await?;
    for membership in joined {
        let actor = Actor { account: AccountId(membership.account_id), principal: principal.clone() };
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
