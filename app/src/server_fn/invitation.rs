//! Server functions of the public page of an invitation. The token of its link is the permission.

use domain::view::{CurrentUser, InvitationView};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::account::SignIn;

use crate::UiError;
use crate::context;
use crate::form;

/// The data of the page of an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationPage {
    /// The invitation.
    pub invitation: InvitationView,
    /// The signed-in user, if any.
    pub me: Option<CurrentUser>,
}

/// Returns the invitation of a link.
///
/// # Errors
/// Returns `not_found` if no invitation has the token.
#[server(prefix = "/_fn", endpoint = "invitation")]
pub async fn invitation(token: String) -> Result<InvitationPage, UiError> {
    let request = context::request()?;
    // The forms of the page hold the token.
    context::mark_secret();
    let invitation = service::member::show_invitation(&request.service, &token).await;
    let invitation = invitation.map_err(context::to_ui_error)?;
    Ok(InvitationPage { invitation, me: request.member.map(|member| member.me) })
}

/// Accepts an invitation as the signed-in user.
///
/// # Errors
/// Returns an error if no user is signed in, or the invitation is not open.
#[server(prefix = "/_fn", endpoint = "accept_invitation")]
pub async fn accept_invitation(token: String) -> Result<(), UiError> {
    let service = context::service()?;
    let account = service::member::accept_invitation(&service, &token, context::user()?).await;
    context::choose_account(account.map_err(context::to_ui_error)?).await?;
    context::redirect("/");
    Ok(())
}

/// Signs in, and accepts an invitation as this user. Also for a user who is a member of no account.
///
/// # Errors
/// Returns an error if the e-mail address or the password is wrong, or the invitation is not open.
#[server(prefix = "/_fn", endpoint = "accept_invitation_by_sign_in")]
pub async fn accept_invitation_by_sign_in(
    token: String,
    email: String,
    password: String,
) -> Result<(), UiError> {
    let request = context::request()?;
    let signed_in = match context::sign_in(&request, &email, password).await? {
        SignIn::Done(signed_in) => signed_in,
        SignIn::SecondFactor(pending) => {
            return context::begin_second_factor(pending, "/", Some(token)).await;
        }
    };
    let account = service::member::accept_invitation(&request.service, &token, signed_in.user).await;
    let account = account.map_err(context::to_ui_error)?;
    context::open_session(signed_in).await?;
    context::choose_account(account).await?;
    context::redirect("/");
    Ok(())
}

/// Accepts an invitation as a new user, and signs the user in.
///
/// # Errors
/// Returns an error if a field is invalid, the address is in use, or the invitation is not open.
#[server(prefix = "/_fn", endpoint = "accept_invitation_as_new_user")]
pub async fn accept_invitation_as_new_user(
    token: String,
    name: String,
    email: String,
    password: String,
) -> Result<(), UiError> {
    let request = context::request()?;
    let new = form::parse_new_member(&name, &email, password, request.client.clone());
    let new = new.map_err(context::validation_error)?;
    let accepted = service::member::accept_invitation_as_new_user(&request.service, &token, new).await;
    let (account, signed_in) = accepted.map_err(context::to_ui_error)?;
    context::open_session(signed_in).await?;
    context::choose_account(account).await?;
    context::redirect("/");
    Ok(())
}
