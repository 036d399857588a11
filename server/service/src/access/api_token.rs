//! The access of an API token, read from the database.

use domain::permission::Role;
use domain::{AccountId, ApiTokenId, ScopeSet};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{Access, Holder};
use crate::account::suspension::is_suspended;
use crate::store::convert;
use crate::store::entity::api_tokens;
use crate::{Actor, Principal, Result, Service};

/// Loads the access of the token with this digest. `None` if it is unknown or revoked, or its account is
/// suspended.
pub(super) async fn load(service: &Service, digest: &[u8; 32]) -> Result<Option<Access>> {
    let row = api_tokens::Entity::find()
        .filter(api_tokens::Column::Digest.eq(digest.to_vec()))
        .filter(api_tokens::Column::RevokedAt.is_null())
        .one(service.store.read())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let account = AccountId(row.account_id);
    if is_suspended(service.store.read(), account).await? {
        tracing::warn!(%account, api_token = %row.id, "API token of a suspended account refused");
        return Ok(None);
    }
    let (id, scopes) = (ApiTokenId(row.id), scopes(&row));
    let principal =
        Principal::Token { id, name: row.name, role: row.role.parse().unwrap_or(Role::Viewer), ip: None };
    Ok(Some(Access {
        actor: Actor { account, principal },
        holder: Holder::ApiToken(id),
        token: row.id,
        scopes,
        expires_at: convert::to_timestamp(row.expires_at),
    }))
}

/// Returns the scopes of a token: its own, as far as its role carries them; or all of the role, for a token
/// that was made without.
pub(crate) fn scopes(row: &api_tokens::Model) -> ScopeSet {
    let of_role = ScopeSet::of_role(row.role.parse().unwrap_or(Role::Viewer));
    match &row.scopes {
        // Unknown words, of a later version, give nothing.
        Some(stored) => stored
            .split_ascii_whitespace()
            .filter_map(|word| domain::Scope::parse(word).ok().flatten())
            .collect::<ScopeSet>()
            .intersection(of_role),
        None => of_role,
    }
}
