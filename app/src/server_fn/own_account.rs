//! Server functions of the user's own account: name, password, second factor and sessions. They serve a member
//! who must set the second factor up first, too.

use domain::bounded_text::Name;
use domain::view::{CurrentUser, SecondFactorView, SessionRow};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::account::second_factor::{self, Proof};

use crate::UiError;
use crate::context;

/// The page's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnAccountPage {
    /// The user.
    pub me: CurrentUser,
    /// The second factor.
    pub second_factor: SecondFactorView,
    /// The secret that is being set up.
    pub set_up: Option<SecondFactorSetUp>,
    /// Recovery codes that were just made, in clear.
    pub recovery_codes: Vec<String>,
    /// The user's sessions, the last used first.
    pub sessions: Vec<SessionRow>,
    /// Whether nothing else is open to the user until the second factor is set up.
    pub is_restricted: bool,
}

/// A secret for an authenticator app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorSetUp {
    /// The picture that apps read, as SVG.
    pub picture: String,
    /// The secret for typing.
    pub secret: String,
}

/// Returns the user's own account.
///
/// # Errors
/// Returns `signed_out` if no user is signed in.
#[server(prefix = "/_fn", endpoint = "own_account")]
pub async fn own_account() -> Result<OwnAccountPage, UiError> {
    let (request, member) = (context::request()?, context::member_or_restricted()?);
    let (service, actor) = (&request.service, &member.actor);
    let view = second_factor::show(service, actor).await.map_err(context::to_ui_error)?;
    let made_at = context::set_up_made_at().await?;
    let set_up = second_factor::setup_of(service, actor, made_at).await;
    let set_up = match set_up.map_err(context::to_ui_error)? {
        Some(set_up) => {
            context::mark_secret();
            Some(SecondFactorSetUp { picture: picture(&set_up.address)?, secret: set_up.secret })
        }
        None => None,
    };
    let codes = context::take_one_time_text("recovery codes").await?;
    let sessions = service::session::list(service, actor, &context::session_id(&request)).await;
    Ok(OwnAccountPage {
        me: member.me,
        second_factor: view,
        set_up,
        recovery_codes: codes.map(|codes| codes.lines().map(str::to_owned).collect()).unwrap_or_default(),
        sessions: sessions.map_err(context::to_ui_error)?,
        is_restricted: request.restricted.is_some(),
    })
}

/// Draws the code that apps read (QR code, ISO/IEC 18004).
fn picture(address: &str) -> Result<String, UiError> {
    let code = qrcode::QrCode::new(address)
        .map_err(|e| context::to_ui_error(service::Error::Internal(format!("QR code: {e}"))))?;
    let svg = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).build();
    // An element of the page has no XML declaration.
    Ok(svg.find("<svg").map_or_else(String::new, |start| svg[start..].to_owned()))
}

/// Changes the user's own name.
///
/// # Errors
/// Returns `invalid` for an invalid name.
#[server(prefix = "/_fn", endpoint = "rename_user")]
pub async fn rename_user(name: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::own_actor()?);
    let name = Name::parse("name", &name).map_err(|e| context::validation_error(vec![e]))?;
    service::account::rename_user(&service, &actor, &name).await.map_err(context::to_ui_error)
}

/// Changes the user's own password, ends all other sessions, and keeps this browser signed in.
///
/// # Errors
/// Returns `invalid` if the present password is wrong or the new one is refused.
#[server(prefix = "/_fn", endpoint = "change_password")]
pub async fn change_password(
    password: String,
    new_password: String,
    code: Option<String>,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::own_actor()?);
    let proof = Proof { password, code };
    let changed = service::account::change_password(&service, &actor, proof, new_password).await;
    context::reopen_session(changed.map_err(context::to_ui_error)?).await
}

/// Makes a secret for the user's authenticator app.
///
/// # Errors
/// Returns `invalid` if the password is wrong, and `conflict` if the second factor is on.
#[server(prefix = "/_fn", endpoint = "begin_second_factor")]
pub async fn begin_second_factor(password: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::own_actor()?);
    let made_at = second_factor::begin(&service, &actor, password).await.map_err(context::to_ui_error)?;
    context::renew_session_id().await?;
    context::store_set_up_made_at(made_at).await
}

/// Switches the second factor on, ends all other sessions, and shows the recovery codes once.
///
/// # Errors
/// Returns `invalid` if the code is wrong.
#[server(prefix = "/_fn", endpoint = "confirm_second_factor")]
pub async fn confirm_second_factor(code: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::own_actor()?);
    let made_at = context::set_up_made_at().await?;
    let confirmed = second_factor::confirm(&service, &actor, made_at, &code).await;
    let (signed_in, codes) = confirmed.map_err(context::to_ui_error)?;
    context::reopen_session(signed_in).await?;
    show_recovery_codes(&codes).await
}

/// Replaces the recovery codes, and shows the new ones once.
///
/// # Errors
/// Returns `invalid` if the password or the code is wrong.
#[server(prefix = "/_fn", endpoint = "renew_recovery_codes")]
pub async fn renew_recovery_codes(password: String, code: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::own_actor()?);
    let proof = Proof { password, code: Some(code) };
    let codes = second_factor::renew_recovery_codes(&service, &actor, proof).await;
    let codes = codes.map_err(context::to_ui_error)?;
    context::renew_session_id().await?;
    show_recovery_codes(&codes).await
}

async fn show_recovery_codes(codes: &[String]) -> Result<(), UiError> {
    context::store_one_time_text("recovery codes", &codes.join("\n")).await?;
    context::redirect("/account");
    Ok(())
}

/// Switches the second factor off, and ends all other sessions.
///
/// # Errors
/// Returns `invalid` if the password or the code is wrong, and `conflict` if an account requires it.
#[server(prefix = "/_fn", endpoint = "disable_second_factor")]
pub async fn disable_second_factor(password: String, code: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::own_actor()?);
    let proof = Proof { password, code: Some(code) };
    let disabled = second_factor::disable(&service, &actor, proof).await;
    context::reopen_session(disabled.map_err(context::to_ui_error)?).await
}

/// Ends one of the user's sessions.
///
/// # Errors
/// Returns `not_found` if the session has ended.
#[server(prefix = "/_fn", endpoint = "end_session")]
pub async fn end_session(session: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::own_actor()?);
    service::session::end(&service, &actor, &session).await.map_err(context::to_ui_error)
}

/// Ends all sessions of the user but this one.
///
/// # Errors
/// Returns an error if the database fails.
#[server(prefix = "/_fn", endpoint = "end_other_sessions")]
pub async fn end_other_sessions() -> Result<(), UiError> {
    let (request, actor) = (context::request()?, context::own_actor()?);
    let ended = service::session::end_others(&request.service, &actor, &context::session_id(&request)).await;
    ended.map(drop).map_err(context::to_ui_error)
}

/// Sets whether members of the account must have a second factor: `on`, or nothing.
///
/// # Errors
/// Returns `forbidden` if the member is no owner, and `conflict` if the owner has no second factor.
#[server(prefix = "/_fn", endpoint = "require_second_factor")]
pub async fn require_second_factor(required: Option<String>) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    second_factor::require(&service, &actor, required.is_some()).await.map_err(context::to_ui_error)
}
