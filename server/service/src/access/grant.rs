//! What a bearer token gives.

use domain::{ApiTokenId, CustomerId, ScopeSet, Timestamp, UserId};
use uuid::Uuid;

use crate::Actor;

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
    /// When the token ends. The look-up checks it.
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
