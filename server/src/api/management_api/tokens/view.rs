//! The answer's form of an access token.

use domain::view::ApiTokenRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;

/// A personal access token, without its text.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::AccessToken)]
pub(super) struct TokenView {
    /// The token's id.
    id: Uuid,
    /// When the token was made.
    created_at: Time,
    /// When the token was last changed.
    updated_at: Time,
    /// Its name.
    name: String,
    /// When the token ends. Null: never.
    expires_at: Option<Time>,
    /// Whether the token is revoked: no request with it is allowed.
    revoked: bool,
    /// What the token may do, such as `license:read`.
    scopes: Vec<String>,
    /// When the token was last used, to the minute.
    last_used_at: Option<Time>,
    /// The last four characters of the token.
    last_four: String,
    /// Always null.
    user_id: Option<Uuid>,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    user: Option<()>,
}

/// A new personal access token. Its text is shown this once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::CreatedAccessToken)]
pub(super) struct CreatedTokenView {
    #[serde(flatten)]
    #[schema(inline)]
    view: TokenView,
    // Both names that clients look for.
    /// The token in clear. It cannot be shown again.
    token: String,
    /// Same as `token`.
    access_token: String,
}

impl TokenView {
    /// Creates the form of a token.
    pub fn new(row: ApiTokenRow) -> Self {
        Self {
            id: row.id.0,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
            name: row.name,
            expires_at: row.expires_at.map(Time),
            revoked: row.revoked_at.is_some(),
            scopes: row.scopes,
            last_used_at: row.last_used_at.map(Time),
            last_four: row.last_four,
            user_id: None,
            user: None,
        }
    }
}

impl CreatedTokenView {
    /// Creates the form of a new token with its text.
    pub fn new(row: ApiTokenRow, token: String) -> Self {
        Self { view: TokenView::new(row), access_token: token.clone(), token }
    }
}

impl ListItem for TokenView {
    fn id(&self) -> Uuid {
        self.id
    }
}
