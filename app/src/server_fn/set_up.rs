//! The first run.

use leptos::prelude::*;

use crate::UiError;
#[allow(unused_imports, reason = "used by bodies that the browser does not have")]
use crate::ctx;

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
    use domain::text::Name;
    use service::account::{NewUser, SetUp};

    let service = ctx::service()?;
    let parse = || {
        let first = Name::optional("product", &product)?.map(Settings::named);
        let user = NewUser {
            email: domain::Email::parse(&email)?,
            name: Name::parse("name", &name)?,
            account: Name::parse("account", &account)?,
            role: Role::Owner,
            is_operator: true,
            password: password.clone(),
        };
        Ok(SetUp { code: code.clone(), user, product: first })
    };
    let what = parse().map_err(|e: domain::Invalid| ctx::faults(vec![e]))?;
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
