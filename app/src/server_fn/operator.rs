//! Server functions of the operator's pages, and of the page of a suspended account.

use domain::AccountId;
use domain::view::{CurrentUser, HealthView, SellerPage, SellerQuery, SettingsView, Suspension};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::account::Member;
use service::operator::Operator;

use crate::UiError;
use crate::context;
use crate::form;

/// The data of the page of a suspended account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuspendedPage {
    /// The user.
    pub me: CurrentUser,
    /// The suspension.
    pub suspension: Suspension,
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
