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
    /// The scopes in the management API.
    pub scopes: Vec<String>,
    /// Whether the scopes were chosen. Otherwise they are those of the role.
    pub has_chosen_scopes: bool,
    /// When the token was created.
    pub created_at: Timestamp,
    /// When the token was last changed.
    pub updated_at: Timestamp,
    /// When the token ends; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// When the token was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When the token was revoked.
    pub revoked_at: Option<Timestamp>,
}
