//! Server functions of the session: sign-in, sign-out, current user and theme.

use domain::view;
use leptos::prelude::*;
use service::account::{SignIn as SignInOutcome, SignedInUser, second_factor};

use crate::UiError;
use crate::context::{self, PendingWithNext};

/// Returns the signed-in user.
///
/// # Errors
/// Returns `signed_out` if no user is signed in.
#[server(prefix = "/_fn", endpoint = "me")]
pub async fn me() -> Result<view::CurrentUser, UiError> {
    Ok(context::member_or_restricted()?.me)
}

/// Signs in and redirects to `next`, a path of this site.
///
/// # Errors
/// Returns `invalid` for a wrong e-mail address or password, and `throttled` after too many attempts.
#[server(prefix = "/_fn", endpoint = "sign_in")]
pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), UiError> {
    let request = context::request()?;
    let next = next.unwrap_or_default();
    let next = context::local_path(&next);
    match context::sign_in(&request, &email, password).await? {
        SignInOutcome::SecondFactor(pending) => context::begin_second_factor(pending, next, None).await,
        SignInOutcome::Done(signed_in) => complete(&request.service, signed_in, next).await,
    }
}

/// Completes a sign-in with a code of the second factor.
///
/// # Errors
/// Returns `invalid` for a wrong code, `throttled` after too many attempts, and `conflict` if the password must
/// be typed again.
#[server(prefix = "/_fn", endpoint = "sign_in_code")]
pub async fn sign_in_code(code: String) -> Result<(), UiError> {
    let request = context::request()?;
    let Some(PendingWithNext { pending, next, invitation }) = context::pending_sign_in().await? else {
        let text = "This sign-in took too long. Please sign in again.";
        return Err(context::to_ui_error(service::Error::Conflict(text.into())));
    };
    let address = request.client.as_deref();
    let signed_in = second_factor::verify(&request.service, &pending, &code, address).await;
    let signed_in = signed_in.map_err(context::to_ui_error)?;
    if let Some(token) = invitation {
        let joined = service::member::accept_invitation(&request.service, &token, signed_in.user).await;
        context::open_session(signed_in).await?;
        match joined {
            Ok(account) => {
                context::choose_account(account).await?;
                context::redirect("/");
            }
            // The page of the invitation says why.
            Err(error) if !error.is_server_error() => {
                context::redirect(&format!("{}{token}", crate::paths::INVITATION_PATH));
            }
            Err(error) => return Err(context::to_ui_error(error)),
        }
        return Ok(());
    }
    complete(&request.service, signed_in, &next).await
}

async fn complete(service: &service::Service, signed_in: SignedInUser, next: &str) -> Result<(), UiError> {
    if let Err(service::Error::NotFound) = service::account::member(service, signed_in.user, None).await {
        let text = "You are a member of no account any more. Ask one of its owners for an invitation.";
        return Err(context::to_ui_error(service::Error::Conflict(text.into())));
    }
    context::open_session(signed_in).await?;
    context::redirect(next);
    Ok(())
}

/// Signs out.
///
/// # Errors
/// Returns `internal` if the session cannot be deleted.
#[server(prefix = "/_fn", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), UiError> {
    context::close_session().await?;
    context::redirect("/sign-in");
    Ok(())
}

/// Sets the theme: `light`, `dark`, or any other value for the system's setting.
///
/// # Errors
/// Returns `internal` if the request context is missing.
#[server(prefix = "/_fn", endpoint = "set_theme")]
pub async fn set_theme(theme: String) -> Result<(), UiError> {
    let (value, age) = match theme.as_str() {
        "light" => ("light", 31_536_000),
        "dark" => ("dark", 31_536_000),
        _ => ("", 0),
    };
    let secure = if context::request()?.is_https() { "; Secure" } else { "" };
    context::set_cookie(&format!("theme={value}; Path=/; Max-Age={age}; SameSite=Lax; HttpOnly{secure}"));
    Ok(())
}
