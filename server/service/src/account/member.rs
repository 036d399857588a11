//! The member behind a session.

use domain::UserId;
use domain::permission::Role;
use domain::view::{AccountChoice, CurrentUser, Suspension};
use domain::{AccountId, FieldError};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _,
};
use uuid::Uuid;

use super::credential_version::CredentialVersion;
use super::suspension;
use crate::store::entity::{accounts, memberships, users};
use crate::{Actor, Error, Principal, Result, Service};

/// A signed-in member of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The actor for use cases.
    pub actor: Actor,
    /// The user for pages.
    pub me: CurrentUser,
    /// The version of the user's present credentials.
    pub credential_version: CredentialVersion,
    /// The accounts of the user, in the order of joining.
    pub accounts: Vec<AccountChoice>,
    /// Whether the account requires a second factor that the user has not set up. Until then, the member may
    /// only do that.
    pub must_set_up_second_factor: bool,
    /// The suspension of the account, if the operator has suspended it. Meanwhile the member may only read
    /// it, sign out or switch to another account.
    pub suspension: Option<Suspension>,
    /// Whether the user operates the instance.
    pub is_operator: bool,
}

#[derive(FromQueryResult)]
struct MemberRow {
    name: String,
    email: String,
    password_hash: String,
    role: String,
    account_id: Uuid,
    account: String,
    totp_confirmed_at: Option<i64>,
    is_operator: bool,
    requires_second_factor: bool,
    suspended_at: Option<i64>,
    suspension_reason: Option<String>,
    apps_stopped: bool,
}

impl MemberRow {
    fn role(&self) -> Result<Role> {
        self.role.parse().map_err(|e: FieldError| Error::Internal(e.to_string()))
    }

    fn suspension(&self) -> Option<Suspension> {
        suspension::from_columns(self.suspended_at, self.suspension_reason.clone(), self.apps_stopped)
    }
}

/// Loads the member of a user's session, in the account that the session chose, or else in the account that
/// the user joined first. Runs for every request, so that a change of role or a suspension applies at once.
///
/// # Errors
/// [`Error::NotFound`] if the user does not exist, belongs to no account, or does not belong to `chosen`.
pub async fn member(service: &Service, user: UserId, chosen: Option<AccountId>) -> Result<Member> {
    let rows = memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.0))
        .select_only()
        .columns([
            users::Column::Name,
            users::Column::Email,
            users::Column::PasswordHash,
            users::Column::TotpConfirmedAt,
            users::Column::IsOperator,
        ])
        .columns([memberships::Column::Role, memberships::Column::AccountId])
        .column_as(accounts::Column::Name, "account")
        .columns([
            accounts::Column::RequiresSecondFactor,
            accounts::Column::SuspendedAt,
            accounts::Column::SuspensionReason,
            accounts::Column::AppsStopped,
        ])
        .join(JoinType::InnerJoin, memberships::Relation::User.def())
        .join(JoinType::InnerJoin, memberships::Relation::Account.def())
        .order_by_asc(memberships::Column::CreatedAt)
        .order_by_asc(memberships::Column::AccountId)
        .into_model::<MemberRow>()
        .all(service.store.read())
        .await?;
    let current = match chosen {
        Some(account) => rows.iter().find(|row| row.account_id == account.0),
        None => rows.first(),
    };
    let current = current.ok_or(Error::NotFound)?;
    let choice = |row: &MemberRow| -> Result<AccountChoice> {
        Ok(AccountChoice {
            id: AccountId(row.account_id),
            name: row.account.clone(),
            role: row.role()?,
            is_current: row.account_id == current.account_id,
        })
    };
    let accounts = rows.iter().map(choice).collect::<Result<Vec<_>>>()?;
    let (role, name) = (current.role()?, current.name.clone());
    Ok(Member {
        credential_version: CredentialVersion::new(
            &service.keys,
            &current.password_hash,
            current.totp_confirmed_at,
        ),
        actor: Actor {
            account: AccountId(current.account_id),
            principal: Principal::Member { user, name: name.clone(), role, ip: None },
        },
        me: CurrentUser { name, email: current.email.clone(), account: current.account.clone(), role },
        accounts,
        must_set_up_second_factor: current.requires_second_factor && current.totp_confirmed_at.is_none(),
        suspension: current.suspension(),
        is_operator: current.is_operator,
    })
}
