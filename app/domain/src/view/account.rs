//! The signed-in user.

use serde::{Deserialize, Serialize};

use crate::permission::Role;
use crate::{ApiTokenId, Timestamp};

/// The member that a page is rendered for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentUser {
    /// The user's name.
    pub name: String,
    /// The e-mail address used to sign in.
    pub email: String,
    /// The account's name.
    pub account: String,
    /// The role in the account.
    pub role: Role,
}

/// An API token in a list, without the token itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiTokenRow {
    /// The token's id.
    pub id: ApiTokenId,
    /// The token's name.
    pub name: String,
    /// The token's last four characters.
    pub last_four: String,
    /// The token's role.
    pub role: Role,
    /// When the token was created.
    pub created_at: Timestamp,
    /// When the token was revoked.
    pub revoked_at: Option<Timestamp>,
}
