//! A sign-in between the password and the code of the second factor. The session holds it sealed, because it
//! may hold the token of an invitation.

use serde::{Deserialize, Serialize};
use service::account::second_factor::PendingSignIn;
use service::account::{SignIn, SignInRequest};
use service::secrets::Purpose;

use super::sealed_value::{open, seal, session_error};
use super::server::{RequestContext, redirect, request, to_ui_error};
use crate::UiError;

/// The session key of the pending sign-in.
const SESSION_KEY: &str = "pending_sign_in";
/// The page of the code.
pub(crate) const CODE_PATH: &str = "/sign-in/code";

/// A pending sign-in and the page that follows it.
#[derive(Serialize, Deserialize)]
pub(crate) struct PendingWithNext {
    pub pending: PendingSignIn,
    /// A path of this site.
    pub next: String,
    /// The token of the invitation whose form began this sign-in. Never taken from `next`, which a link may
    /// choose.
    pub invitation: Option<String>,
}

/// Checks the e-mail address and the password of a form, as those of this browser.
pub(crate) async fn sign_in(
    request: &RequestContext,
    email: &str,
    password: String,
) -> Result<SignIn, UiError> {
    let input = SignInRequest {
        email,
        password,
        address: request.client.as_deref(),
        device_cookie: request.device_cookie.as_deref(),
        user_agent: request.user_agent.as_deref(),
    };
    service::account::sign_in(&request.service, input).await.map_err(to_ui_error)
}

/// Stores a pending sign-in under a new session id, and leads to the page of the code.
pub(crate) async fn begin_second_factor(
    pending: PendingSignIn,
    next: &str,
    invitation: Option<String>,
) -> Result<(), UiError> {
    let request = request()?;
    let session = &request.session;
    session.clear().await;
    session.cycle_id().await.map_err(session_error)?;
    // The first save gives the session its id, to which the value is bound.
    session.save().await.map_err(session_error)?;
    let value = PendingWithNext { pending, next: next.to_owned(), invitation };
    let sealed = seal(&request, Purpose::PendingSignIn, &value)?;
    session.insert(SESSION_KEY, sealed).await.map_err(session_error)?;
    session.save().await.map_err(session_error)?;
    redirect(CODE_PATH);
    Ok(())
}

/// Returns the pending sign-in of this session, if any.
pub(crate) async fn pending_sign_in() -> Result<Option<PendingWithNext>, UiError> {
    let request = request()?;
    let sealed = request.session.get::<String>(SESSION_KEY).await.map_err(session_error)?;
    Ok(sealed.and_then(|sealed| open(&request, Purpose::PendingSignIn, &sealed)))
}
