//! Server functions of the set-up.

use leptos::prelude::*;

use crate::UiError;
use crate::context;
use crate::form;

/// Sets up the instance with the code from its log and signs the operator in.
///
/// # Errors
/// Returns an error if the code is wrong, a field is invalid, or the instance has been set up already.
#[server(prefix = "/_fn", endpoint = "set_up")]
pub async fn set_up(
    code: String,
    name: String,
    email: String,
    account: String,
    password: String,
    product: String,
) -> Result<(), UiError> {
    use domain::permission::Role;
    use domain::product::ProductSettings;
    use service::account::{NewUser, SetupRequest};

    let service = context::service()?;
    let form::SetUpForm { name, email, account, password, product } =
        form::SetUpForm::parse(&name, &email, &account, password, &product)
            .map_err(context::validation_error)?;
    let user = NewUser { email, name, account, role: Role::Owner, is_operator: true, password };
    let address = context::request()?.client;
    let request = SetupRequest { code, user, address, product: product.map(ProductSettings::with_name) };
    let (user, issued) = service::account::set_up(&service, request).await.map_err(context::to_ui_error)?;
    context::open_session(user).await?;
    match issued {
        Some(license) => context::redirect(&format!("/welcome?license={}", license.id)),
        None => context::redirect("/products/new"),
    }
    Ok(())
}

/// Returns whether the instance has not been set up yet.
///
/// # Errors
/// Returns an error if the database fails.
#[server(prefix = "/_fn", endpoint = "is_fresh")]
pub async fn is_fresh() -> Result<bool, UiError> {
    context::service()?.needs_setup().await.map_err(context::to_ui_error)
}
