//! Bodies of requests about access tokens, for the OpenAPI document. The parser is more lenient (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;

use crate::api::management_api::answer::Time;

/// A new personal access token.
#[derive(ToSchema)]
#[schema(as = v3::NewAccessToken, rename_all = "camelCase")]
pub(super) struct NewAccessToken {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// What the token may do, such as `license:read`. The calling token must have these scopes too.
    #[schema(min_items = 1, max_items = 200)]
    scopes: Vec<String>,
    /// When the token ends, in the future. Without it: never.
    expires_at: Option<Time>,
}

/// A change of a personal access token. Scopes and expiry can't be changed.
#[derive(ToSchema)]
#[schema(as = v3::AccessTokenChange)]
pub(super) struct AccessTokenChange {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// True revokes the token from the next request on. It can't be undone.
    revoked: Option<bool>,
}
