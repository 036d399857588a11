//! Principals as jobs store them. A job acts with the present role of the principal that started it.

use domain::permission::Permission;
use domain::{AccountId, ApiTokenId, FieldError, UserId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::account::suspension::is_suspended;
use crate::store::entity::{api_tokens, memberships};
use crate::{Actor, Error, Principal, Result};

/// A principal as a row stores it.
pub(crate) struct StoredPrincipal<'a> {
    /// The account of the job.
    pub account: AccountId,
    /// The kind, such as `member`.
    pub kind: &'a str,
    /// The id of the user or the API token.
    pub id: Option<Uuid>,
    /// The name at the start of the job.
    pub name: &'a str,
}

/// Returns the actor of a stored principal. `None` if it lacks the permission now, or the account is suspended.
pub(crate) async fn actor(
    db: &impl ConnectionTrait,
    stored: &StoredPrincipal<'_>,
    permission: Permission,
) -> Result<Option<Actor>> {
    let Some(principal) = principal(db, stored).await? else { return Ok(None) };
    let actor = Actor { account: stored.account, principal };
    Ok(Some(actor).filter(|actor| actor.allows(permission)))
}

/// Returns whether work of the principal waits, because the account is suspended. Work of the operator's shell
/// goes on.
pub(crate) async fn must_wait(db: &impl ConnectionTrait, stored: &StoredPrincipal<'_>) -> Result<bool> {
    Ok(stored.kind != "shell" && is_suspended(db, stored.account).await?)
}

async fn principal(db: &impl ConnectionTrait, stored: &StoredPrincipal<'_>) -> Result<Option<Principal>> {
    let (account, name) = (stored.account, stored.name.to_owned());
    if must_wait(db, stored).await? {
        return Ok(None);
    }
    match (stored.kind, stored.id) {
        ("member", Some(user)) => member(db, account, user, name).await,
        ("token", Some(id)) => token(db, account, id, name).await,
        ("shell", None) => Ok(Some(Principal::Operator)),
        _ => Ok(None),
    }
}

async fn member(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: Uuid,
    name: String,
) -> Result<Option<Principal>> {
    let membership = memberships::Entity::find_by_id((user, account.0)).one(db).await?;
    let Some(membership) = membership else { return Ok(None) };
    let role = membership.role.parse().map_err(unknown_role)?;
    Ok(Some(Principal::Member { user: UserId(user), name, role, ip: None }))
}

async fn token(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: Uuid,
    name: String,
) -> Result<Option<Principal>> {
    let token = api_tokens::Entity::find_by_id(id)
        .filter(api_tokens::Column::AccountId.eq(account.0))
        .filter(api_tokens::Column::RevokedAt.is_null())
        .one(db)
        .await?;
    let Some(token) = token else { return Ok(None) };
    let role = token.role.parse().map_err(unknown_role)?;
    Ok(Some(Principal::Token { id: ApiTokenId(id), name, role, ip: None }))
}

#[allow(clippy::needless_pass_by_value, reason = "used as a function of errors")]
fn unknown_role(error: FieldError) -> Error {
    Error::Internal(error.to_string())
}
