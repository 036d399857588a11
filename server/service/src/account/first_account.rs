//! The account that a user joined first.

use domain::{AccountId, UserId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::Result;
use crate::store::entity::memberships;

/// Returns the account that the user joined first. `None` for a user who is a member of no account.
pub(super) async fn first_account(db: &impl ConnectionTrait, user: UserId) -> Result<Option<AccountId>> {
    let first = memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.0))
        .order_by_asc(memberships::Column::CreatedAt)
        .order_by_asc(memberships::Column::AccountId)
        .one(db)
        .await?;
    Ok(first.map(|first| AccountId(first.account_id)))
}
