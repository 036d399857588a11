//! Server functions of the team and of the accounts of a user.

use domain::permission::Role;
use domain::view::{AccountChoice, Team};
use domain::{AccountId, InvitationId, UserId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
use crate::context;
use crate::form;

/// The data of the page of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamPage {
    /// Members, invitations and tokens.
    pub team: Team,
    /// The link of the invitation that was just made.
    pub link: Option<String>,
    /// The role of the signed-in member.
    pub role: Role,
}

/// Returns the team of the account.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "team")]
pub async fn team_members() -> Result<TeamPage, UiError> {
    let (service, member) = (context::service()?, context::member()?);
    let team = service::member::list(&service, &member.actor).await.map_err(context::to_ui_error)?;
    let link = context::take_one_time_text("invitation").await?;
    Ok(TeamPage { team, link, role: member.me.role })
}

/// Returns the accounts of the signed-in user.
///
/// # Errors
/// Returns `signed_out` if no user is signed in.
#[server(prefix = "/_fn", endpoint = "accounts")]
pub async fn accounts() -> Result<Vec<AccountChoice>, UiError> {
    Ok(context::any_member()?.accounts)
}

/// Switches to another account of the user.
///
/// # Errors
/// Returns `not_found` if the user is no member of the account.
#[server(prefix = "/_fn", endpoint = "switch_account")]
pub async fn switch_account(account: AccountId) -> Result<(), UiError> {
    let service = context::service()?;
    let user = context::user()?;
    service::member::switch_account(&service, user, account).await.map_err(context::to_ui_error)?;
    context::choose_account(account).await?;
    // The present page may be of an object of the other account.
    context::redirect("/");
    Ok(())
}

/// Invites a person and shows the link once on the page of the team.
///
/// # Errors
/// Returns `invalid` for an invalid field and `forbidden` if the role does not allow it.
#[server(prefix = "/_fn", endpoint = "invite_member")]
pub async fn invite_member(role: String, name: String, email: String) -> Result<(), UiError> {
    let (request, actor) = (context::request()?, context::actor()?);
    let new = form::parse_invitation(&role, &name, &email).map_err(context::validation_error)?;
    let made = service::member::invite(&request.service, &actor, new).await.map_err(context::to_ui_error)?;
    let link = format!("{}{}{}", request.origin, crate::paths::INVITATION_PATH, made.token);
    context::store_one_time_text("invitation", &link).await?;
    context::redirect("/team");
    Ok(())
}

/// Withdraws an invitation.
///
/// # Errors
/// Returns an error if the invitation does not exist or was accepted.
#[server(prefix = "/_fn", endpoint = "withdraw_invitation")]
pub async fn withdraw_invitation(id: InvitationId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::member::withdraw_invitation(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Changes a member's role.
///
/// # Errors
/// Returns an error if the user is no member, or the actor may not change the role.
#[server(prefix = "/_fn", endpoint = "change_role")]
pub async fn change_role(user: UserId, role: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let role = role.parse().map_err(|e| context::validation_error(vec![e]))?;
    service::member::change_role(&service, &actor, user, role).await.map_err(context::to_ui_error)
}

/// Removes a member. `tokens` is `withdrawn` or `handed_over`; without it, the member's tokens are withdrawn.
///
/// # Errors
/// Returns an error if the user is no member, or the actor may not remove the member.
#[server(prefix = "/_fn", endpoint = "remove_member")]
pub async fn remove_member(user: UserId, tokens: Option<String>) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let tokens = form::parse_tokens_of_removed(tokens.as_deref()).map_err(context::validation_error)?;
    service::member::remove(&service, &actor, user, tokens).await.map_err(context::to_ui_error)
}

/// Transfers the ownership to another member.
///
/// # Errors
/// Returns an error if the user is no member, or the actor is no owner.
#[server(prefix = "/_fn", endpoint = "transfer_ownership")]
pub async fn transfer_ownership(user: UserId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::member::transfer_ownership(&service, &actor, user).await.map_err(context::to_ui_error)
}

/// Leaves the account and ends the session.
///
/// # Errors
/// Returns `conflict` if the actor is the last owner.
#[server(prefix = "/_fn", endpoint = "leave_account")]
pub async fn leave_account() -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::member::leave(&service, &actor).await.map_err(context::to_ui_error)?;
    context::close_session().await?;
    context::redirect("/sign-in");
    Ok(())
}
