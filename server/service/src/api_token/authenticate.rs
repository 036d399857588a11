//! Authenticates API tokens, for callers that need the actor alone.

use crate::{Actor, Result, Service, access};

/// Authenticates a token and returns its actor. `None` for an unknown, expired or revoked token, or one of a
/// suspended account.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn authenticate(service: &Service, token: &str) -> Result<Option<Actor>> {
    Ok(access::authenticate(service, token).await?.map(|access| access.actor.clone()))
}
