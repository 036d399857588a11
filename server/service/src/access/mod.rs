//! Access by bearer tokens: API tokens, and access tokens of a sign-in through the API.
//!
//! A token that is in the cache costs no read of the database. Its entry depends on the account: an event that
//! changes the access to an account ([`domain::event::Event::changes_access`]) invalidates the entries of all
//! its tokens, on every node, as the license cache is invalidated.

pub mod access_token;
mod api_token;
mod cache;
mod last_use;
mod login;
mod profile;

use std::sync::Arc;

use domain::{ApiTokenId, CustomerId, ScopeSet, Timestamp, UserId};
use uuid::Uuid;

use crate::secrets::Purpose;
use crate::{Actor, Result, Service};

pub(crate) use api_token::scopes;
pub(crate) use cache::AccessCache;
pub use last_use::flush_last_uses;
pub use login::{Login, LoginAccount, LoginRequest, login};
pub use profile::{AccountProfile, Profile, account_profile, profile};

/// Prefix of every token, so that scanners of leaked secrets recognize it.
pub(crate) const TOKEN_PREFIX: &str = "cs_";

/// What a bearer token gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The actor for use cases, without the address of a request.
    pub actor: Actor,
    /// Whom the token stands for.
    pub holder: Holder,
    /// The id of the token, by which requests are counted.
    pub token: Uuid,
    /// What the token may read and write.
    pub scopes: ScopeSet,
    /// When the token ends. [`authenticate`] checks it.
    pub expires_at: Option<Timestamp>,
}

/// Whom a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A system of the seller.
    ApiToken(ApiTokenId),
    /// A member who signed in through the API.
    Member(UserId),
    /// A customer who signed in through the API.
    Customer(CustomerId),
}

/// Returns the access of a token that is in the cache and fresh. `None` says nothing of the token.
#[must_use]
pub fn cached(service: &Service, token: &str) -> Option<Arc<Access>> {
    let access = service.access.get(service, &digest(service, token))?;
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
    if let Some(access) = service.access.get(service, &digest) {
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
    Ok(Some(service.access.insert(service, digest, read_at, access)))
}

fn is_in_force(service: &Service, access: &Access) -> bool {
    access.expires_at.is_none_or(|at| at > service.now())
}

fn digest(service: &Service, token: &str) -> [u8; 32] {
    service.keys.digest(Purpose::ApiToken, token.as_bytes())
}
