//! The suspension of an account by the operator.

use domain::AccountId;
use domain::view::Suspension;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::store::convert;
use crate::store::entity::accounts;
use crate::{Error, Result};

/// Returns the suspension that columns of an account describe. `None` if the account is not suspended.
pub(crate) fn from_columns(
    suspended_at: Option<i64>,
    reason: Option<String>,
    apps_stopped: bool,
) -> Option<Suspension> {
    let at = convert::to_timestamp(suspended_at)?;
    Some(Suspension { at, reason: reason.unwrap_or_default(), apps_stopped })
}

/// Returns whether the operator has suspended the account.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn is_suspended(db: &impl ConnectionTrait, account: AccountId) -> Result<bool> {
    let found: Option<Uuid> = accounts::Entity::find_by_id(account.0)
        .filter(accounts::Column::SuspendedAt.is_not_null())
        .select_only()
        .column(accounts::Column::Id)
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Returns whether apps of the account's customers are answered as for a suspended license.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn are_apps_stopped(db: &impl ConnectionTrait, account: AccountId) -> Result<bool> {
    let row = accounts::Entity::find_by_id(account.0).one(db).await?;
    Ok(row.is_some_and(|row| row.apps_stopped))
}

/// Checks that the account is not suspended.
///
/// # Errors
/// [`Error::Conflict`] if it is, or another [`Error`] if the database fails.
pub(crate) async fn require_not_suspended(db: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    if is_suspended(db, account).await? {
        return Err(Error::Conflict("The operator of this server has suspended the account.".into()));
    }
    Ok(())
}
