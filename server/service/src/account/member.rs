//! The member behind a session.

use data_encoding::BASE64URL_NOPAD;
use domain::UserId;
use domain::permission::Role;
use domain::view::CurrentUser;
use domain::{AccountId, FieldError};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::secrets::{Keyring, Purpose};
use crate::store::entity::{accounts, memberships, users};
use crate::{Actor, Error, Principal, Result, Service};

/// A digest of a user's stored password. A session of an older password is no session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordVersion(String);

impl PasswordVersion {
    /// Derives the version from the stored hash.
    pub(super) fn of_hash(keys: &Keyring, hash: &str) -> Self {
        let digest = keys.digest(Purpose::PasswordVersion, hash.as_bytes());
        Self(BASE64URL_NOPAD.encode(&digest[..16]))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A user who proved the password, and the version of that password.
pub struct SignedInUser {
    /// The user.
    pub user: UserId,
    /// The version of the password that was proved.
    pub password_version: PasswordVersion,
    /// The value of the browser's device cookie.
    pub device_cookie: String,
}

/// A signed-in member of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The actor for use cases.
    pub actor: Actor,
    /// The user for pages.
    pub me: CurrentUser,
    /// The version of the user's present password.
    pub password_version: PasswordVersion,
}

#[derive(FromQueryResult)]
struct MemberRow {
    name: String,
    email: String,
    password_hash: String,
    role: String,
    account_id: Uuid,
    account: String,
}

/// Loads the member of a user's session, in the account that the user joined first. Runs for every
/// request, so that a role change applies at once.
///
/// # Errors
/// [`Error::NotFound`] if the user does not exist or belongs to no account.
pub async fn member(service: &Service, user: UserId) -> Result<Member> {
    let row = memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.0))
        .select_only()
        .columns([users::Column::Name, users::Column::Email, users::Column::PasswordHash])
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
        password_version: PasswordVersion::of_hash(&service.keys, &row.password_hash),
        actor: Actor {
            account: AccountId(row.account_id),
            principal: Principal::Member { user, name: row.name.clone(), role },
        },
        me: CurrentUser { name: row.name, email: row.email, account: row.account, role },
    })
}
