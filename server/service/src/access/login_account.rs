//! The account that a sign-in through the API names.

use domain::AccountId;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::Result;
use crate::store::entity::accounts;

/// The account that a client names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginAccount {
    /// By its id.
    Id(AccountId),
    /// By its slug.
    Slug(String),
    /// None is named: the account of the only membership.
    Only,
}

impl LoginAccount {
    /// Returns the id, if the client named the account.
    pub(super) async fn id(&self, db: &impl ConnectionTrait) -> Result<Option<AccountId>> {
        match self {
            Self::Id(account) => Ok(Some(*account)),
            Self::Slug(slug) => {
                let slug = slug.to_lowercase();
                let row = accounts::Entity::find().filter(accounts::Column::Slug.eq(slug)).one(db).await?;
                Ok(row.map(|row| AccountId(row.id)))
            }
            Self::Only => Ok(None),
        }
    }
}
