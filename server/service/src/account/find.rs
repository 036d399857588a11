//! Finds an account by its slug, for the operator's commands.

use domain::AccountId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use crate::store::entity::accounts;
use crate::{Error, Result, Service};

/// Returns the slug of an account.
///
/// # Errors
/// [`Error::NotFound`] if the account does not exist.
pub async fn account_slug(service: &Service, account: AccountId) -> Result<String> {
    let row = accounts::Entity::find_by_id(account.0).one(service.store.read()).await?;
    row.map(|row| row.slug).ok_or(Error::NotFound)
}

/// Finds the account with this slug.
///
/// # Errors
/// [`Error::NotFound`] if the account does not exist.
pub async fn find_account(service: &Service, slug: &str) -> Result<AccountId> {
    accounts::Entity::find()
        .filter(accounts::Column::Slug.eq(slug))
        .one(service.store.read())
        .await?
        .map(|row| AccountId(row.id))
        .ok_or(Error::NotFound)
}

/// Returns all accounts with their slugs, by slug. For the operator.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn list_accounts(service: &Service) -> Result<Vec<(AccountId, String)>> {
    let found: Vec<(Uuid, String)> = accounts::Entity::find()
        .select_only()
        .columns([accounts::Column::Id, accounts::Column::Slug])
        .order_by_asc(accounts::Column::Slug)
        .into_tuple()
        .all(service.store.read())
        .await?;
    Ok(found.into_iter().map(|(id, slug)| (AccountId(id), slug)).collect())
}
