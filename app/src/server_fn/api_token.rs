//! Server functions of API tokens.

use std::collections::BTreeMap;

use domain::ApiTokenId;
use domain::view::ApiTokenRow;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
use crate::context;
use crate::form::{parse_api_token, scopes_of_member};

/// The data of the page of API tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensPage {
    /// The tokens, newest first.
    pub tokens: Vec<ApiTokenRow>,
    /// The token that was just created, in clear.
    pub made: Option<String>,
}

/// Returns the account's tokens.
///
/// # Errors
/// Returns `forbidden` if the role does not allow it.
#[server(prefix = "/_fn", endpoint = "api_tokens")]
pub async fn api_tokens() -> Result<TokensPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let tokens = service::api_token::list(&service, &actor).await.map_err(context::to_ui_error)?;
    Ok(TokensPage { tokens, made: context::take_one_time_text("token").await? })
}

/// Creates a token and shows it once on the page of tokens. `role` is a role, or `chosen` for the scopes that
/// are checked.
///
/// # Errors
/// Returns `invalid` for an invalid field and `forbidden` if the role does not allow it.
#[server(prefix = "/_fn", endpoint = "create_api_token")]
pub async fn create_api_token(
    name: String,
    role: String,
    #[server(default)] expires_at: String,
    #[server(default)] scopes: BTreeMap<String, String>,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let new = parse_api_token(&name, &role, &expires_at, &scopes).map_err(context::validation_error)?;
    let own = scopes_of_member(&actor);
    let made =
        service::api_token::create_new(&service, &actor, own, new).await.map_err(context::to_ui_error)?;
    context::store_one_time_text("token", &made.token).await?;
    context::redirect("/settings/tokens");
    Ok(())
}

/// Revokes a token.
///
/// # Errors
/// Returns `not_found` if the token does not exist.
#[server(prefix = "/_fn", endpoint = "revoke_api_token")]
pub async fn revoke_api_token(id: ApiTokenId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::api_token::revoke(&service, &actor, id).await.map_err(context::to_ui_error)
}
