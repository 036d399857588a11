//! Creates API tokens.

use domain::bounded_text::{BoundedText, Name};
use domain::event::Event;
use domain::permission::{Permission, Role};
use domain::{AccountId, ApiTokenId, FieldError, ScopeSet, Timestamp};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, QuerySelect as _, Set};
use uuid::Uuid;

use super::audit_event::audit_event;
use crate::access::TOKEN_PREFIX;
use crate::secrets::Purpose;
use crate::store::WriteTxn;
use crate::store::entity::{api_tokens, memberships};
use crate::{Actor, Error, Principal, Result, Service, new_id, random};

/// The name of a token.
pub type TokenName = BoundedText<256>;

/// A token that was just created.
pub struct CreatedToken {
    /// The token's id.
    pub id: ApiTokenId,
    /// The token in clear text. It cannot be shown again.
    pub token: String,
}

/// A new token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiToken {
    /// The name.
    pub name: TokenName,
    /// What the token may do.
    pub rights: TokenRights,
    /// When the token ends; `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRights {
    /// All that a role may do.
    Role(Role),
    /// What the scopes say, at least one. The token has the role of its maker beside them.
    Scopes(ScopeSet),
}

/// What a token is stored with, beside its name.
struct Rights {
    role: Role,
    scopes: Option<ScopeSet>,
    expires_at: Option<Timestamp>,
}

/// Creates a token with the permissions of `role`, which does not expire.
///
/// # Errors
/// Returns an error if the actor's role lacks the permission or ranks below `role`, or if the
/// database fails.
#[tracing::instrument(name = "api_token.create", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create(service: &Service, actor: &Actor, name: Name, role: Role) -> Result<CreatedToken> {
    actor.require(Permission::ManageTokens)?;
    let name = TokenName::from_storage(name.to_string());
    insert(service, actor, &name, Rights { role, scopes: None, expires_at: None }).await
}

/// Creates a token. `own` are the scopes of the one who creates it, who gives no others. A token dies with its
/// maker's membership.
///
/// # Errors
/// [`Error::Forbidden`] if the actor's role lacks the permission or ranks below the token's, or `own` lacks a
/// scope; [`Error::Invalid`] if there is no scope or the token has ended; or an error of the database.
#[tracing::instrument(name = "api_token.create_new", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create_new(
    service: &Service,
    actor: &Actor,
    own: ScopeSet,
    new: NewApiToken,
) -> Result<CreatedToken> {
    actor.require(Permission::ManageTokens)?;
    let NewApiToken { name, rights, expires_at } = new;
    let (role, scopes) = match rights {
        TokenRights::Role(role) => (role, None),
        TokenRights::Scopes(scopes) if scopes.is_empty() => {
            return Err(Error::invalid("scopes", "Choose at least one scope."));
        }
        TokenRights::Scopes(scopes) => (own_role(actor).unwrap_or(Role::Admin), Some(scopes)),
    };
    if !scopes.unwrap_or_else(|| ScopeSet::of_role(role)).is_subset(own) {
        return Err(Error::Forbidden);
    }
    if expires_at.is_some_and(|at| at <= service.now()) {
        return Err(Error::invalid("expires_at", "The expiry must be in the future."));
    }
    insert(service, actor, &name, Rights { role, scopes, expires_at }).await
}

fn own_role(actor: &Actor) -> Option<Role> {
    match &actor.principal {
        Principal::Member { role, .. } | Principal::Token { role, .. } => Some(*role),
        _ => None,
    }
}

async fn insert(service: &Service, actor: &Actor, name: &TokenName, rights: Rights) -> Result<CreatedToken> {
    let Rights { role, scopes, expires_at } = rights;
    if own_role(actor).is_some_and(|own| role < own) {
        return Err(Error::Forbidden);
    }
    let token = format!("{TOKEN_PREFIX}{}", random::stored_token());
    let id = ApiTokenId(new_id());
    let mut txn = service.begin_write().await?;
    let created_by = find_maker(&txn, actor).await?;
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
        scopes: Set(scopes.map(|scopes| scopes.to_string())),
        expires_at: Set(expires_at.map(Timestamp::millis)),
        last_used_at: Set(None),
        updated_at: Set(None),
    }
    .insert(txn.conn())
    .await?;
    txn.record(actor, audit_event(Event::ApiTokenCreated, id, name.as_str()));
    txn.commit().await?;
    Ok(CreatedToken { id, token })
}

/// Returns the member whose token it will be: the actor, or the maker of the token that acts.
async fn find_maker(txn: &WriteTxn, actor: &Actor) -> Result<Option<Uuid>> {
    match &actor.principal {
        Principal::Member { user, .. } => Ok(Some(user.0)),
        Principal::Token { id, .. } => {
            let row = super::lock::lock(txn, actor.account, *id).await.map_err(|error| match error {
                Error::NotFound => Error::Forbidden,
                error => error,
            })?;
            if row.revoked_at.is_some() { Err(Error::Forbidden) } else { Ok(row.created_by) }
        }
        _ => Ok(None),
    }
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
