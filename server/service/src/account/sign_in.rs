//! Sign-in with e-mail address and password.

use domain::{Email, UserId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{PasswordVersion, SignedInUser};
use crate::secrets::password;
use crate::store::entity::users;
use crate::{Error, Result, Service};

/// Returns the user with this e-mail address and password. An unknown address takes the same time
/// and gets the same error.
///
/// # Errors
/// [`Error::BadCredentials`], [`Error::TooManyTries`], or an error of the database.
#[tracing::instrument(name = "account.sign_in", skip_all, err(level = "debug"))]
pub async fn sign_in(
    service: &Service,
    email: &str,
    password: String,
    address: Option<&str>,
) -> Result<SignedInUser> {
    let parsed = Email::parse(email).ok();
    // An invalid address is throttled and hashed like an unknown one.
    let typed = parsed.as_ref().map_or_else(|| email.trim().to_lowercase(), ToString::to_string);
    let typed: String = typed.chars().take(254).collect();
    service.sign_in_throttle.check(&typed, address, service.now())?;
    let row = match &parsed {
        Some(email) => {
            let find = users::Entity::find().filter(users::Column::Email.eq(email.as_str()));
            find.one(service.store.read()).await?
        }
        None => None,
    };
    let (id, hash) = row.map_or((None, None), |row| (Some(row.id), Some(row.password_hash)));
    // A password that is too long for any user is not hashed.
    let password = if password.len() > 1024 { String::new() } else { password };
    let version = hash.as_deref().map(|hash| PasswordVersion::of_hash(&service.keys, hash));
    let matches = password::verify(password, hash).await?;
    match id.zip(version) {
        Some((id, password_version)) if matches => {
            service.sign_in_throttle.reset(&typed);
            Ok(SignedInUser { user: UserId(id), password_version })
        }
        _ => Err(Error::BadCredentials),
    }
}
