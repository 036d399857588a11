//! Who a session belongs to.

use domain::UserId;
use domain::permission::Role;
use domain::view::Me;
use domain::{AccountId, Invalid};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::store::entity::{accounts, memberships, users};
use crate::{Actor, By, Error, Result, Service};

/// A person within an account: whom a page is rendered for and who acts in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// For use cases.
    pub actor: Actor,
    /// For pages.
    pub me: Me,
}

/// The member behind a user's session: in the account they joined first. Looked
/// up for every request, so that a change of role is in force at once.
///
/// # Errors
/// [`Error::NotFound`] when the user is gone or belongs to no account.
pub async fn member(service: &Service, user: UserId) -> Result<Member> {
    let db = service.store.read();
    let row = users::Entity::find_by_id(user.0).one(db).await?.ok_or(Error::NotFound)?;
    let (membership, account) = memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.0))
        .order_by_asc(memberships::Column::CreatedAt)
        .find_also_related(accounts::Entity)
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let account = account.ok_or(Error::NotFound)?;
    let role: Role = membership.role.parse().map_err(|e: Invalid| Error::Internal(e.to_string()))?;
    Ok(Member {
        actor: Actor {
            account: AccountId(account.id),
            by: By::Member { user, name: row.name.clone(), role },
        },
        me: Me { name: row.name, email: row.email, account: account.name, role },
    })
}
