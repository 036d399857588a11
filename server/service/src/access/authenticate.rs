//! Finds the access of a bearer token: in the cache, or else in the database.

use std::sync::Arc;

use super::{Access, TOKEN_PREFIX, access_token, api_token};
use crate::secrets::Purpose;
use crate::{Result, Service};

/// Returns the access of a token that is in the cache and fresh. `None` says nothing of the token.
#[must_use]
pub fn cached(service: &Service, token: &str) -> Option<Arc<Access>> {
    let access = service.access.get(&service.cache, &digest(service, token), service.now())?;
    is_in_force(service, &access).then_some(access)
}

/// Returns the access of a token. `None` for an unknown, expired or revoked one, or one of a suspended account.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn authenticate(service: &Service, token: &str) -> Result<Option<Arc<Access>>> {
    if !token.starts_with(TOKEN_PREFIX) {
        return Ok(None);
    }
    let digest = digest(service, token);
    if let Some(access) = service.access.get(&service.cache, &digest, service.now()) {
        return Ok(Some(access).filter(|access| is_in_force(service, access)));
    }
    let read_at = service.cache.version();
    let found = if access_token::is_access_token(token) {
        access_token::load(service, token).await?
    } else {
        api_token::load(service, &digest).await?
    };
    let Some(access) = found.filter(|access| is_in_force(service, access)) else {
        tracing::warn!("unknown, expired or revoked token refused");
        return Ok(None);
    };
    let account = access.actor.account;
    tracing::info!(%account, token = %access.token, "token used");
    Ok(Some(service.access.insert(digest, read_at, access, service.now())))
}

fn is_in_force(service: &Service, access: &Access) -> bool {
    access.expires_at.is_none_or(|at| at > service.now())
}

fn digest(service: &Service, token: &str) -> [u8; 32] {
    service.keys.digest(Purpose::ApiToken, token.as_bytes())
}
