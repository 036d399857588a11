//! The first run.

use leptos::prelude::*;

use crate::UiError;
#[allow(unused_imports, reason = "used by bodies that the browser does not have")]
use crate::ctx;
#[allow(unused_imports, reason = "used by bodies that the browser does not have")]
use crate::form;

/// Sets the instance up with the code from its log, and signs the operator in.
///
/// # Errors
/// When the code is wrong, a field is at fault, or somebody was faster.
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
    use domain::product::Settings;
    use service::account::{NewUser, SetUp};

    let service = ctx::service()?;
    let form::SetUpForm { name, email, account, password, product } =
        form::SetUpForm::parse(&name, &email, &account, password, &product).map_err(ctx::faults)?;
    let user = NewUser { email, name, account, role: Role::Owner, is_operator: true, password };
    let what = SetUp { code, user, product: product.map(Settings::named) };
    let (user, issued) = service::account::set_up(&service, what).await.map_err(ctx::fail)?;
    ctx::open_session(user).await?;
    match issued {
        Some(license) => ctx::redirect(&format!("/welcome?license={}", license.id)),
        None => ctx::redirect("/products/new"),
    }
    Ok(())
}

/// Whether the instance waits for its first run.
///
/// # Errors
/// Those of the database.
#[server(prefix = "/_fn", endpoint = "is_fresh")]
pub async fn is_fresh() -> Result<bool, UiError> {
    ctx::service()?.is_fresh().await.map_err(ctx::fail)
}
