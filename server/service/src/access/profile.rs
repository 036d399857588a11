//! Who a token stands for, and its account.

use domain::permission::Role;
use domain::{AccountId, Timestamp};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use crate::store::convert;
use crate::store::entity::{accounts, api_tokens, memberships, users};
use crate::{Actor, Error, Principal, Result, Service};

/// Who a token stands for: a member, or the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The id of the user or the token.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The e-mail address of a member.
    pub email: Option<String>,
    /// The role of a member.
    pub role: Option<Role>,
    /// Whether the member signs in with a second factor.
    pub has_second_factor: bool,
    /// When the member last signed in to the account.
    pub last_sign_in_at: Option<Timestamp>,
    /// When the user or token was created.
    pub created_at: Timestamp,
    /// When the user or token was last changed.
    pub updated_at: Timestamp,
}

/// An account as its own tokens see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountProfile {
    /// The id.
    pub id: AccountId,
    /// The name.
    pub name: String,
    /// The slug.
    pub slug: String,
    /// The e-mail address of the owner who joined first.
    pub email: Option<String>,
    /// When the account was created.
    pub created_at: Timestamp,
}

/// Returns who the actor is.
///
/// # Errors
/// [`Error::Forbidden`] if the actor is neither member nor token, [`Error::NotFound`] if it was just deleted, or
/// an error of the database.
pub async fn profile(service: &Service, actor: &Actor) -> Result<Profile> {
    let db = service.store.read();
    match &actor.principal {
        Principal::Member { user, role, .. } => {
            let row = users::Entity::find_by_id(user.0).one(db).await?.ok_or(Error::NotFound)?;
            let membership = memberships::Entity::find_by_id((user.0, actor.account.0)).one(db).await?;
            let last_sign_in_at = membership.and_then(|row| row.last_sign_in_at);
            Ok(Profile {
                id: row.id,
                name: row.name,
                email: Some(row.email),
                role: Some(*role),
                has_second_factor: row.totp_confirmed_at.is_some(),
                last_sign_in_at: convert::to_timestamp(last_sign_in_at),
                created_at: Timestamp::from_millis(row.created_at),
                updated_at: Timestamp::from_millis(row.updated_at),
            })
        }
        Principal::Token { id, .. } => {
            let find = api_tokens::Entity::find_by_id(id.0);
            let find = find.filter(api_tokens::Column::AccountId.eq(actor.account.0));
            let row = find.one(db).await?.ok_or(Error::NotFound)?;
            Ok(Profile {
                id: row.id,
                name: row.name,
                email: None,
                role: None,
                has_second_factor: false,
                last_sign_in_at: None,
                created_at: Timestamp::from_millis(row.created_at),
                updated_at: Timestamp::from_millis(row.updated_at.unwrap_or(row.created_at)),
            })
        }
        _ => Err(Error::Forbidden),
    }
}

/// Returns the actor's account.
///
/// # Errors
/// [`Error::NotFound`] if the account does not exist, or an error of the database.
pub async fn account_profile(service: &Service, actor: &Actor) -> Result<AccountProfile> {
    let db = service.store.read();
    let row = accounts::Entity::find_by_id(actor.account.0).one(db).await?.ok_or(Error::NotFound)?;
    let owner = memberships::Entity::find()
        .filter(memberships::Column::AccountId.eq(actor.account.0))
        .filter(memberships::Column::Role.eq(Role::Owner.as_str()))
        .order_by_asc(memberships::Column::CreatedAt)
        .one(db)
        .await?;
    let owner = match owner {
        Some(membership) => users::Entity::find_by_id(membership.user_id).one(db).await?,
        None => None,
    };
    Ok(AccountProfile {
        id: AccountId(row.id),
        name: row.name,
        slug: row.slug,
        email: owner.map(|user| user.email),
        created_at: Timestamp::from_millis(row.created_at),
    })
}
