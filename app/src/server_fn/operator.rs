//! Server functions of the operator's pages, and of the page of a suspended account.

use domain::view::{
    CurrentUser, HealthView, SellerInvitationRow, SellerPage, SellerQuery, SettingsView, Suspension,
};
use domain::{AccountId, SellerInvitationId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::account::Member;
use service::operator::Operator;

use crate::UiError;
use crate::context;
use crate::form;

/// The page of the link of an invitation that was just made.
const LINK_PAGE: &str = "seller invitation";

/// The data of the page of a suspended account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuspendedPage {
    /// The user.
    pub me: CurrentUser,
    /// The suspension.
    pub suspension: Suspension,
}

/// The data of the part about new sellers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerInvitationsPart {
    /// The open invitations, the newest first.
    pub invitations: Vec<SellerInvitationRow>,
    /// The link of the invitation that was just made.
    pub link: Option<String>,
}

/// Returns a page of the sellers of this instance.
///
/// # Errors
/// Returns `not_found` if the user is no operator.
#[server(prefix = "/_fn", endpoint = "sellers")]
pub async fn sellers(query: SellerQuery) -> Result<SellerPage, UiError> {
    let (service, member) = (context::service()?, context::member()?);
    service::operator::list_sellers(&service, &member, &query).await.map_err(context::to_ui_error)
}

/// Suspends a seller. `apps` is `verify` or `stop`.
///
/// # Errors
/// Returns `not_found` if the user is no operator, `invalid` for an invalid field, and `conflict` if the
/// seller is suspended already.
#[server(prefix = "/_fn", endpoint = "suspend_seller")]
pub async fn suspend_seller(id: AccountId, reason: String, apps: String) -> Result<(), UiError> {
    let (service, member) = (context::service()?, context::member()?);
    // Before the fields, so that other users get the answer of a missing page.
    Operator::of(&member).map_err(context::to_ui_error)?;
    let (reason, stop_apps) = form::parse_suspension(&reason, &apps).map_err(context::validation_error)?;
    let suspended = service::operator::suspend_seller(&service, &member, id, &reason, stop_apps).await;
    suspended.map_err(context::to_ui_error)
}

/// Reinstates a seller.
///
/// # Errors
/// Returns `not_found` if the user is no operator, and `conflict` if the seller is not suspended.
#[server(prefix = "/_fn", endpoint = "reinstate_seller")]
pub async fn reinstate_seller(id: AccountId) -> Result<(), UiError> {
    let (service, member) = (context::service()?, context::member()?);
    service::operator::reinstate_seller(&service, &member, id).await.map_err(context::to_ui_error)
}

/// Returns the open invitations of new sellers.
///
/// # Errors
/// Returns `not_found` if the user is no operator.
#[server(prefix = "/_fn", endpoint = "seller_invitations")]
pub async fn seller_invitations() -> Result<SellerInvitationsPart, UiError> {
    let (service, member) = (context::service()?, context::member()?);
    let invitations = service::operator::list_seller_invitations(&service, &member).await;
    let invitations = invitations.map_err(context::to_ui_error)?;
    let link = context::take_one_time_text(LINK_PAGE).await?;
    Ok(SellerInvitationsPart { invitations, link })
}

/// Invites a new seller, and shows the link once on the page of sellers.
///
/// # Errors
/// Returns `not_found` if the user is no operator, `invalid` if the text is no address or a user has it, and
/// `conflict` if sign-up is closed.
#[server(prefix = "/_fn", endpoint = "invite_seller")]
pub async fn invite_seller(email: String) -> Result<(), UiError> {
    let (request, member) = (context::request()?, context::member()?);
    // Before the field, so that other users get the answer of a missing page.
    Operator::of(&member).map_err(context::to_ui_error)?;
    let email = form::parse_invited_seller(&email).map_err(context::validation_error)?;
    let made = service::operator::invite_seller(&request.service, &member, email).await;
    let made = made.map_err(context::to_ui_error)?;
    let link = format!("{}{}{}", request.origin, crate::paths::SIGN_UP_PATH, made.token);
    context::store_one_time_text(LINK_PAGE, &link).await?;
    context::redirect("/operator/sellers");
    Ok(())
}

/// Withdraws the invitation of a new seller.
///
/// # Errors
/// Returns `not_found` if the user is no operator or the invitation does not exist, and `conflict` if it was used.
#[server(prefix = "/_fn", endpoint = "withdraw_seller_invitation")]
pub async fn withdraw_seller_invitation(id: SellerInvitationId) -> Result<(), UiError> {
    let (service, member) = (context::service()?, context::member()?);
    let withdrawn = service::operator::withdraw_seller_invitation(&service, &member, id).await;
    withdrawn.map_err(context::to_ui_error)
}

/// Returns the health of the instance.
///
/// # Errors
/// Returns `not_found` if the user is no operator.
#[server(prefix = "/_fn", endpoint = "health")]
pub async fn health() -> Result<HealthView, UiError> {
    let (service, member) = (context::service()?, context::member()?);
    service::operator::health(&service, &member).await.map_err(context::to_ui_error)
}

/// Returns the settings in force, with secrets masked.
///
/// # Errors
/// Returns `not_found` if the user is no operator.
#[server(prefix = "/_fn", endpoint = "settings_in_force")]
pub async fn settings_in_force() -> Result<SettingsView, UiError> {
    let (service, member) = (context::service()?, context::member()?);
    service::operator::settings(&service, &member).map_err(context::to_ui_error)
}

/// Returns why the account is suspended.
///
/// # Errors
/// Returns `not_found` if it is not.
#[server(prefix = "/_fn", endpoint = "suspension")]
pub async fn account_suspension() -> Result<SuspendedPage, UiError> {
    let Member { me, suspension, .. } = context::any_member()?;
    let suspension = suspension.ok_or_else(|| context::to_ui_error(service::Error::NotFound))?;
    Ok(SuspendedPage { me, suspension })
}
