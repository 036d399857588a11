//! Who a session belongs to.

use domain::UserId;
use domain::permission::Role;
use domain::view::CurrentUser;
use domain::{AccountId, FieldError};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _,
};
use uuid::Uuid;

use crate::store::entity::{accounts, memberships, users};
use crate::{Actor, Error, Principal, Result, Service};

/// A person within an account: whom a page is rendered for and who acts in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// For use cases.
    pub actor: Actor,
    /// For pages.
    pub me: CurrentUser,
}

#[derive(FromQueryResult)]
struct MemberRow {
    name: String,
    email: String,
    role: String,
    account_id: Uuid,
    account: String,
}

/// The member behind a user's session: in the account they joined first. Looked
/// up for every request, so that a change of role is in force at once.
///
/// # Errors
/// [`Error::NotFound`] when the user is gone or belongs to no account.
pub async fn member(service: &Service, user: UserId) -> Result<Member> {
    let row = memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.0))
        .select_only()
        .columns([users::Column::Name, users::Column::Email])
        .columns([memberships::Column::Role, memberships::Column::AccountId])
        .column_as(accounts::Column::Name, "account")
        .join(JoinType::InnerJoin, memberships::Relation::User.def())
        .join(JoinType::InnerJoin, memberships::Relation::Account.def())
        .order_by_asc(memberships::Column::CreatedAt)
        .into_model::<MemberRow>()
        .one(service.store.read())
        .await?
        .ok_or(Error::NotFound)?;
    let role: Role = row.role.parse().map_err(|e: FieldError| Error::Internal(e.to_string()))?;
    Ok(Member {
        actor: Actor {
            account: AccountId(row.account_id),
            principal: Principal::Member { user, name: row.name.clone(), role },
        },
        me: CurrentUser { name: row.name, email: row.email, account: row.account, role },
    })
}
