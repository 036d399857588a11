//! The signed-in user.

use serde::{Deserialize, Serialize};

use crate::permission::Role;
use crate::{ApiTokenId, Timestamp};

/// The member that a page is rendered for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentUser {
    /// The person's name.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// The account they work in.
    pub account: String,
    /// The role in the account.
    pub role: Role,
}

/// A bearer token in a list. The token itself is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiTokenRow {
    /// Its id.
    pub id: ApiTokenId,
    /// The token's name.
    pub name: String,
    /// Its last four characters.
    pub last_four: String,
    /// The token's role.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it opens nothing.
    pub revoked_at: Option<Timestamp>,
}
