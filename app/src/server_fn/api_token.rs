//! Bearer tokens.

use domain::ApiTokenId;
use domain::view::ApiTokenRow;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
#[allow(unused_imports, reason = "used by bodies that the browser does not have")]
use crate::context;

/// The page of tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensPage {
    /// The tokens, the latest first.
    pub tokens: Vec<ApiTokenRow>,
    /// The one that was just made, in clear.
    pub made: Option<String>,
}

/// The account's tokens.
///
/// # Errors
/// When the role does not allow it.
#[server(prefix = "/_fn", endpoint = "api_tokens")]
pub async fn api_tokens() -> Result<TokensPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let tokens = service::api_token::list(&service, &actor).await.map_err(context::to_ui_error)?;
    Ok(TokensPage { tokens, made: context::take("token")? })
}

/// Makes a token, and shows it once.
///
/// # Errors
/// When a field is at fault or the role does not allow it.
#[server(prefix = "/_fn", endpoint = "create_api_token")]
pub async fn create_api_token(name: String, role: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let name =
        domain::bounded_text::Name::parse("name", &name).map_err(|e| context::validation_error(vec![e]))?;
    let role = role.parse().map_err(|e| context::validation_error(vec![e]))?;
    let made =
        service::api_token::create(&service, &actor, name, role).await.map_err(context::to_ui_error)?;
    context::set("token", &made.token)?;
    context::redirect("/settings/tokens");
    Ok(())
}

/// Withdraws a token.
///
/// # Errors
/// When it is not there.
#[server(prefix = "/_fn", endpoint = "revoke_api_token")]
pub async fn revoke_api_token(id: ApiTokenId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::api_token::revoke(&service, &actor, id).await.map_err(context::to_ui_error)
}
