//! Sign-in with e-mail address and password.

use domain::{Email, UserId, user_agent};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::record_sign_in::{SignInRecord, record_sign_in};
use super::second_factor::PendingSignIn;
use super::sign_in_failures::SignInFailure;
use super::throttle::Attempt;
use super::{CredentialVersion, SignedInUser, device};
use crate::secrets::password;
use crate::store::entity::users;
use crate::{Error, Result, Service};

/// The input of a sign-in.
pub struct SignInRequest<'a> {
    /// The typed e-mail address.
    pub email: &'a str,
    /// The typed password.
    pub password: String,
    /// The client's address, if known.
    pub address: Option<&'a str>,
    /// The value of the browser's device cookie, if any.
    pub device_cookie: Option<&'a str>,
    /// The browser's user agent, if known.
    pub user_agent: Option<&'a str>,
}

/// The outcome of a right password.
pub enum SignIn {
    /// The user is signed in.
    Done(SignedInUser),
    /// The user must type a code of the second factor.
    SecondFactor(PendingSignIn),
}

/// Signs a user in. An unknown address takes the same time and gets the same error. Each attempt is
/// logged, and is an audit entry of the user's accounts.
///
/// # Errors
/// [`Error::BadCredentials`], [`Error::TooManyTries`], or an error of the database.
#[tracing::instrument(name = "account.sign_in", skip_all, err(level = "debug"))]
pub async fn sign_in(service: &Service, request: SignInRequest<'_>) -> Result<SignIn> {
    let SignInRequest { email, password, address, device_cookie, user_agent } = request;
    let parsed = Email::parse(email).ok();
    // An invalid address is throttled and hashed like an unknown one.
    let typed = parsed.as_ref().map_or_else(|| email.trim().to_lowercase(), ToString::to_string);
    let typed: String = typed.chars().take(254).collect();
    let row = match &parsed {
        Some(email) => {
            let find = users::Entity::find().filter(users::Column::Email.eq(email.as_str()));
            find.one(service.store.read()).await?
        }
        None => None,
    };
    let user = row.as_ref().map(|row| UserId(row.id));
    let second_factor_at = row.as_ref().and_then(|row| row.totp_confirmed_at);
    let hash = row.map(|row| row.password_hash);
    // Of the credentials before the check, so that no session survives a change of them meanwhile.
    let version = hash.as_deref().map(|hash| CredentialVersion::new(&service.keys, hash, second_factor_at));
    let device = user.zip(device_cookie).and_then(|(user, cookie)| device::open(&service.keys, user, cookie));
    let new_browser = device.is_none().then(|| user_agent::describe(user_agent.unwrap_or_default()));
    let account = version.as_ref().map_or(typed.as_str(), CredentialVersion::as_str);
    let attempt = Attempt { account, address, device: device.as_deref() };
    let delay = service.sign_in_throttle.check(&attempt, service.now()).inspect_err(|error| {
        service.sign_in_failures.record_throttled(error);
        tracing::warn!(email = typed, address, "sign-in refused: too many attempts");
    })?;
    tokio::time::sleep(delay).await;
    let matches = password::verify(password, hash).await?;
    match user.zip(version.clone()) {
        Some((user, credential_version)) if matches => {
            service.sign_in_throttle.reset(&attempt);
            if second_factor_at.is_some() {
                let at = service.now();
                let pending = PendingSignIn { user, credential_version, at, new_browser };
                return Ok(SignIn::SecondFactor(pending));
            }
            tracing::info!(email = typed, address, "sign-in succeeded");
            record_sign_in(service, user, SignInRecord::Succeeded { new_browser }, address);
            let device_cookie = device::create(&service.keys, user)?;
            Ok(SignIn::Done(SignedInUser { user, credential_version, device_cookie }))
        }
        _ => {
            service.sign_in_failures.record(SignInFailure::Credentials);
            tracing::warn!(email = typed, address, "sign-in failed");
            if let Some(user) = user {
                record_sign_in(service, user, SignInRecord::Failed, address);
            }
            Err(Error::BadCredentials)
        }
    }
}
