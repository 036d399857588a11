//! The end of a membership.

use domain::{AccountId, UserId};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::invitation;
use crate::store::WriteTxn;
use crate::store::entity::{memberships, sessions};
use crate::{Actor, Result, api_token};

/// Ends a membership within the transaction: deletes it, ends the user's sessions in the account, and
/// withdraws the user's open invitations and API tokens.
pub(super) async fn end(txn: &mut WriteTxn, actor: &Actor, user: UserId) -> Result<()> {
    let account = actor.account;
    end_sessions(txn, account, user).await?;
    memberships::Entity::delete_by_id((user.0, account.0)).exec(txn.conn()).await?;
    invitation::withdraw_of_member(txn, actor, user, None).await?;
    api_token::revoke_of_maker(txn, actor, user, None).await
}

/// Ends the user's sessions that act in the account. A session that chose no account acts in the one that the
/// user joined first.
async fn end_sessions(txn: &WriteTxn, account: AccountId, user: UserId) -> Result<()> {
    let first = memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.0))
        .order_by_asc(memberships::Column::CreatedAt)
        .order_by_asc(memberships::Column::AccountId)
        .one(txn.conn())
        .await?;
    let mut in_account = Condition::any().add(sessions::Column::AccountId.eq(account.0));
    if first.is_some_and(|first| first.account_id == account.0) {
        in_account = in_account.add(sessions::Column::AccountId.is_null());
    }
    sessions::Entity::delete_many()
        .filter(sessions::Column::UserId.eq(user.0))
        .filter(in_account)
        .exec(txn.conn())
        .await?;
    Ok(())
}
