//! Switches between the accounts of a user.

use domain::{AccountId, UserId};
use sea_orm::EntityTrait as _;

use crate::store::entity::memberships;
use crate::{Error, Result, Service};

/// Checks that the user may act in the account. The session stores the choice, and each request checks it
/// again.
///
/// # Errors
/// Returns [`Error::NotFound`] if the user is no member of the account, or another [`Error`] if the database
/// fails.
#[tracing::instrument(name = "member.switch_account", skip_all, fields(account = %account), err(level = "debug"))]
pub async fn switch_account(service: &Service, user: UserId, account: AccountId) -> Result<()> {
    let found = memberships::Entity::find_by_id((user.0, account.0)).one(service.store.read()).await?;
    found.map(drop).ok_or(Error::NotFound)
}
