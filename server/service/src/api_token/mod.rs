//! API tokens: bearer credentials of a seller's own systems. The token is shown once; the database
//! stores a keyed digest.

mod audit_event;
mod maker;

use domain::bounded_text::Name;
use domain::event::Event;
use domain::permission::{Permission, Role};
use domain::view::ApiTokenRow;
use domain::{AccountId, ApiTokenId, FieldError, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::access::{self, TOKEN_PREFIX};
use crate::secrets::Purpose;
use crate::store::entity::{api_tokens, memberships};
use crate::store::{WriteTxn, convert};
use crate::{Actor, Error, Principal, Result, Service, new_id, random};

use audit_event::audit_event;
pub(crate) use maker::{hand_over, revoke_of_maker};

/// Maximum number of tokens listed.
const MAX_TOKENS_LISTED: u64 = 1000;

/// A token that was just created.
pub struct CreatedToken {
    /// The token's id.
    pub id: ApiTokenId,
    /// The token in clear text. It cannot be shown again.
    pub token: String,
}

/// Creates a token with the permissions of `role`.
///
/// # Errors
/// Returns an error if the actor's role lacks the permission or ranks below `role`, or if the
/// database fails.
#[tracing::instrument(name = "api_token.create", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create(service: &Service, actor: &Actor, name: Name, role: Role) -> Result<CreatedToken> {
    actor.require(Permission::ManageTokens)?;
    if let Principal::Member { role: own, .. } | Principal::Token { role: own, .. } = &actor.principal
        && role < *own
    {
        return Err(Error::Forbidden);
    }
    let created_by = match &actor.principal {
        Principal::Member { user, .. } => Some(user.0),
        _ => None,
    };
    let token = format!("{TOKEN_PREFIX}{}", random::stored_token());
    let id = ApiTokenId(new_id());
    let mut txn = service.begin_write().await?;
    if let Some(user) = created_by {
        require_present_role(&txn, actor.account, user, role).await?;
    }
    api_tokens::ActiveModel {
        id: Set(id.0),
        account_id: Set(actor.account.0),
        name: Set(name.to_string()),
        digest: Set(service.keys.digest(Purpose::ApiToken, token.as_bytes()).to_vec()),
        last_four: Set(token[token.len() - 4..].to_owned()),
        role: Set(role.as_str().to_owned()),
        created_at: Set(txn.now().millis()),
        revoked_at: Set(None),
        created_by: Set(created_by),
    }
    .insert(txn.conn())
    .await?;
    txn.record(actor, audit_event(Event::ApiTokenCreated, id, name.as_str()));
    txn.commit().await?;
    Ok(CreatedToken { id, token })
}

/// Checks the maker's present role, because another member may have changed it or removed the maker since the
/// request began. Locks the membership, so that a change waits and then finds the token.
async fn require_present_role(txn: &WriteTxn, account: AccountId, user: Uuid, role: Role) -> Result<()> {
    let mut find = memberships::Entity::find_by_id((user, account.0));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let row = find.one(txn.conn()).await?.ok_or(Error::Forbidden)?;
    let own: Role = row.role.parse().map_err(|e: FieldError| Error::Internal(e.to_string()))?;
    if own.allows(Permission::ManageTokens) && own <= role { Ok(()) } else { Err(Error::Forbidden) }
}

/// Lists the account's tokens: active tokens first, then revoked ones; newest first.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn list(service: &Service, actor: &Actor) -> Result<Vec<ApiTokenRow>> {
    actor.require(Permission::ManageTokens)?;
    let rows = api_tokens::Entity::find()
        .filter(api_tokens::Column::AccountId.eq(actor.account.0))
        // Active tokens first, then the newest of the revoked ones.
        .order_by_desc(api_tokens::Column::RevokedAt.is_null())
        .order_by_desc(api_tokens::Column::Id)
        .limit(MAX_TOKENS_LISTED)
        .all(service.store.read())
        .await?;
    Ok(rows.into_iter().map(view).collect())
}

/// Converts a row into its read model.
pub(crate) fn view(row: api_tokens::Model) -> ApiTokenRow {
    ApiTokenRow {
        id: ApiTokenId(row.id),
        name: row.name,
        last_four: row.last_four,
        role: row.role.parse().unwrap_or(Role::Viewer),
        created_at: Timestamp::from_millis(row.created_at),
        revoked_at: convert::to_timestamp(row.revoked_at),
    }
}

/// Revokes a token, effective with the next request.
///
/// # Errors
/// Returns an error if the role lacks the permission, the token is not active, or the database
/// fails.
#[tracing::instrument(name = "api_token.revoke", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn revoke(service: &Service, actor: &Actor, id: ApiTokenId) -> Result<()> {
    actor.require(Permission::ManageTokens)?;
    let mut txn = service.begin_write().await?;
    let row = api_tokens::Entity::find_by_id(id.0)
        .filter(api_tokens::Column::AccountId.eq(actor.account.0))
        .filter(api_tokens::Column::RevokedAt.is_null())
        .one(txn.conn())
        .await?
        .ok_or(Error::NotFound)?;
    api_tokens::Entity::update_many()
        .col_expr(api_tokens::Column::RevokedAt, Expr::value(txn.now().millis()))
        .filter(api_tokens::Column::Id.eq(row.id))
        .exec(txn.conn())
        .await?;
    txn.record(actor, audit_event(Event::ApiTokenRevoked, id, &row.name));
    txn.commit().await
}

/// Authenticates a token and returns its actor. `None` for an unknown, expired or revoked token, or one of a
/// suspended account.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn authenticate(service: &Service, token: &str) -> Result<Option<Actor>> {
    Ok(access::authenticate(service, token).await?.map(|access| access.actor.clone()))
}
