//! The actor of a bulk job: its account and the principal that started it, with the present role.

use domain::permission::Permission;
use domain::{AccountId, ApiTokenId, FieldError, UserId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::store::entity::{api_tokens, bulk_jobs, memberships};
use crate::{Actor, Error, Principal, Result};

/// Returns the actor of a job. `None` if the principal may not change licenses any more.
pub(super) async fn of_job(db: &impl ConnectionTrait, job: &bulk_jobs::Model) -> Result<Option<Actor>> {
    let account = AccountId(job.account_id);
    let Some(principal) = principal(db, account, job).await? else { return Ok(None) };
    let actor = Actor { account, principal };
    Ok(Some(actor).filter(|actor| actor.allows(Permission::WriteLicense)))
}

async fn principal(
    db: &impl ConnectionTrait,
    account: AccountId,
    job: &bulk_jobs::Model,
) -> Result<Option<Principal>> {
    let name = job.actor_name.clone();
    match (job.actor_kind.as_str(), job.actor_id) {
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
    Ok(Some(Principal::Member { user: UserId(user), name, role }))
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
    Ok(Some(Principal::Token { id: ApiTokenId(id), name, role }))
}

#[allow(clippy::needless_pass_by_value, reason = "used as a function of errors")]
fn unknown_role(error: FieldError) -> Error {
    Error::Internal(error.to_string())
}
