//! Server functions of a lost password: the request of a link, and the new password.

use domain::bounded_text::check_new_password;
use leptos::prelude::*;

use crate::UiError;
use crate::context;

/// Asks for a link that sets a new password. The answer is the same for unknown addresses.
///
/// # Errors
/// Returns `invalid` if the text is no address, `throttled` after too many requests, and `conflict` if mail
/// is off.
#[server(prefix = "/_fn", endpoint = "request_password_reset")]
pub async fn request_password_reset(email: String) -> Result<(), UiError> {
    let request = context::request()?;
    service::account::request_password_reset(&request.service, &email, request.client.as_deref())
        .map_err(context::to_ui_error)
}

/// Returns the address of the user whose password a link sets. The token is the permission.
///
/// # Errors
/// Returns `not_found` if the link has expired or was used.
#[server(prefix = "/_fn", endpoint = "password_reset")]
pub async fn password_reset(token: String) -> Result<String, UiError> {
    // The form of the page holds the token.
    context::mark_secret();
    let service = context::service()?;
    service::account::show_password_reset(&service, &token).await.map_err(context::to_ui_error)
}

/// Sets a new password by a link, and leads to the sign-in.
///
/// # Errors
/// Returns `invalid` if the password is refused, and `conflict` if the link has expired or was used.
#[server(prefix = "/_fn", endpoint = "set_new_password")]
pub async fn set_new_password(token: String, password: String) -> Result<(), UiError> {
    let request = context::request()?;
    check_new_password(&password).map_err(|e| context::validation_error(vec![e]))?;
    let address = request.client.as_deref();
    let set = service::account::reset_password_by_link(&request.service, &token, password, address).await;
    set.map_err(context::to_ui_error)?;
    context::redirect("/sign-in?reset=done");
    Ok(())
}
