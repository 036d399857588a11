//! Server functions of the public pages to sign up.

use domain::view::SignUpLinkView;
use leptos::prelude::*;

use crate::UiError;
use crate::context;
use crate::form;

/// Asks for a link that proves the address. The answer is the same for addresses of users.
///
/// # Errors
/// Returns `invalid` if the text is no address, `throttled` after too many requests, and `conflict` if sign-up is
/// not open or mail is off.
#[server(prefix = "/_fn", endpoint = "request_sign_up")]
pub async fn request_sign_up(email: String) -> Result<(), UiError> {
    let request = context::request()?;
    service::sign_up::request_sign_up(&request.service, &email, request.client.as_deref())
        .map_err(context::to_ui_error)
}

/// Makes an account without a link, and signs its owner in.
///
/// # Errors
/// Returns `invalid` for an invalid field, `throttled` after too many attempts, and `conflict` if sign-up is not
/// open or the address must be proved.
#[server(prefix = "/_fn", endpoint = "create_seller")]
pub async fn create_seller(
    account: String,
    name: String,
    email: String,
    password: String,
) -> Result<(), UiError> {
    let request = context::request()?;
    let new = form::parse_new_seller(&account, &name, Some(&email), password, request.client.clone());
    let new = new.map_err(context::validation_error)?;
    let signed_in = service::sign_up::sign_up(&request.service, new).await.map_err(context::to_ui_error)?;
    context::open_session(signed_in).await?;
    context::redirect("/");
    Ok(())
}

/// Returns what the link to sign up is good for. The token is the permission.
///
/// # Errors
/// Returns `not_found` if no link has the token.
#[server(prefix = "/_fn", endpoint = "sign_up_link")]
pub async fn sign_up_link(token: String) -> Result<SignUpLinkView, UiError> {
    // The form of the page holds the token.
    context::mark_secret();
    let service = context::service()?;
    service::sign_up::show_link(&service, &token).await.map_err(context::to_ui_error)
}

/// Makes an account by a link, and signs its owner in. A link that proves its address needs no `email`.
///
/// # Errors
/// Returns `invalid` for an invalid field, `not_found` if no link has the token, and `conflict` if the link cannot
/// be used.
#[server(prefix = "/_fn", endpoint = "create_seller_by_link")]
pub async fn create_seller_by_link(
    token: String,
    account: String,
    name: String,
    email: Option<String>,
    password: String,
) -> Result<(), UiError> {
    let request = context::request()?;
    let new = form::parse_new_seller(&account, &name, email.as_deref(), password, request.client.clone());
    let new = new.map_err(context::validation_error)?;
    let signed_in = service::sign_up::sign_up_by_link(&request.service, &token, new).await;
    context::open_session(signed_in.map_err(context::to_ui_error)?).await?;
    context::redirect("/");
    Ok(())
}
