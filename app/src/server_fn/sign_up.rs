//! Server functions of the public pages to sign up.

use domain::view::{CurrentUser, SignUpLinkView};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::account::SignIn;
use service::sign_up::NewAccount;

use crate::UiError;
use crate::context;
use crate::form;

/// The data of the page of a link to sign up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUpLinkPage {
    /// The link.
    pub link: SignUpLinkView,
    /// The signed-in user, if any.
    pub me: Option<CurrentUser>,
}

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
pub async fn sign_up_link(token: String) -> Result<SignUpLinkPage, UiError> {
    // The form of the page holds the token.
    context::mark_secret();
    let service = context::service()?;
    let link = service::sign_up::show_link(&service, &token).await.map_err(context::to_ui_error)?;
    Ok(SignUpLinkPage { link, me: context::signed_in_user() })
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

/// Makes another account for the signed-in user: by a link, or without one if everyone may sign up.
///
/// # Errors
/// Returns `signed_out` if no user is signed in, `suspended` if the present account is suspended, `invalid` for an invalid
/// field, `not_found` if no link has the token, and `conflict` if the link cannot be used, sign-up is not open, or an
/// account of the user is suspended.
#[server(prefix = "/_fn", endpoint = "create_seller_as_user")]
pub async fn create_seller_as_user(account: String, token: Option<String>) -> Result<(), UiError> {
    let (request, user) = (context::request()?, context::full_user()?);
    let account = form::parse_account_name(&account).map_err(context::validation_error)?;
    let token = token.filter(|token| !token.is_empty());
    let new = NewAccount { account, user, address: request.client.clone() };
    let made = service::sign_up::sign_up_as_user(&request.service, token.as_deref(), new).await;
    context::choose_account(made.map_err(context::to_ui_error)?).await?;
    context::redirect("/");
    Ok(())
}

/// Signs in, and makes another account for this user by a link. After a code of the second factor, the page of the link
/// asks again.
///
/// # Errors
/// Returns `invalid` for an invalid field or a wrong password, `throttled` after too many attempts, `not_found` if no
/// link has the token, and `conflict` if the link cannot be used, is of another address, an account of the user is
/// suspended, or the user must set the second factor up first.
#[server(prefix = "/_fn", endpoint = "create_seller_by_sign_in")]
pub async fn create_seller_by_sign_in(
    token: String,
    account: String,
    email: String,
    password: String,
) -> Result<(), UiError> {
    let request = context::request()?;
    let account = form::parse_account_name(&account).map_err(context::validation_error)?;
    // Before the password is checked. The token becomes a part of a path below, too.
    service::sign_up::check_link(&request.service, &token, &email).await.map_err(context::to_ui_error)?;
    let signed_in = match context::sign_in(&request, &email, password).await? {
        SignIn::Done(signed_in) => signed_in,
        SignIn::SecondFactor(pending) => {
            let next = format!("{}{token}", crate::paths::SIGN_UP_PATH);
            return context::begin_second_factor(pending, &next, None).await;
        }
    };
    let is_restricted = match service::account::member(&request.service, signed_in.user, None).await {
        // A user who is a member of no account any more.
        Err(service::Error::NotFound) => false,
        found => found.map_err(context::to_ui_error)?.must_set_up_second_factor,
    };
    if is_restricted {
        let text = "Your account requires two-factor sign-in. Sign in and set it up first, and then open this link again.";
        return Err(context::to_ui_error(service::Error::Conflict(text.into())));
    }
    let new = NewAccount { account, user: signed_in.user, address: request.client.clone() };
    let made = service::sign_up::sign_up_as_user(&request.service, Some(&token), new).await;
    let made = made.map_err(context::to_ui_error)?;
    context::open_session(signed_in).await?;
    context::choose_account(made).await?;
    context::redirect("/");
    Ok(())
}
