//! The sign-in of a member or a customer through the API: for an access token, and without a session.

use domain::AccountId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::login_account::LoginAccount;
use super::{access_token, customer_login};
use crate::account::{self, SignIn, SignInRequest, SignedInUser, second_factor, sign_in};
use crate::store::entity::memberships;
use crate::{Error, Result, Service};

/// The input of a sign-in.
pub struct LoginRequest {
    /// The account.
    pub account: LoginAccount,
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// A code of the second factor: of the app, or a recovery code.
    pub code: Option<String>,
    /// The client's address, if known.
    pub address: Option<String>,
}

/// The outcome of a right password.
pub enum Login {
    /// An access token for twelve hours.
    Token(String),
    /// A code of the second factor is required.
    CodeRequired,
    /// The user belongs to several accounts and must name one.
    AccountRequired,
}

/// Signs a member in, or else a customer of the account that the client named. All wrong parts get the same error,
/// after the same time; attempts are limited as those of the dashboard.
///
/// # Errors
/// [`Error::BadCredentials`] for any wrong part, [`Error::TooManyTries`], or an error of the database.
#[tracing::instrument(name = "access.login", skip_all, err(level = "debug"))]
pub async fn login(service: &Service, request: LoginRequest) -> Result<Login> {
    let LoginRequest { account, email, password, code, address } = request;
    let address = address.as_deref();
    if let Some(customer) = customer_login::find(service, &account, &email).await? {
        return customer_login::sign_in(service, customer, password, address).await.map(Login::Token);
    }
    let attempt = SignInRequest { email: &email, password, address, device_cookie: None, user_agent: None };
    let signed_in = match sign_in(service, attempt).await? {
        SignIn::Done(signed_in) => signed_in,
        SignIn::SecondFactor(pending) => {
            let Some(code) = code else { return Ok(Login::CodeRequired) };
            match second_factor::verify(service, &pending, &code, address).await {
                Ok(signed_in) => signed_in,
                Err(Error::Invalid(_) | Error::Conflict(_)) => return Err(Error::BadCredentials),
                Err(error) => return Err(error),
            }
        }
    };
    let SignedInUser { user, credential_version, .. } = signed_in;
    let account = match find_account(service.store.read(), user.0, &account).await? {
        Found::Account(account) => account,
        Found::Several => return Ok(Login::AccountRequired),
        Found::None => return Err(Error::BadCredentials),
    };
    let member = account::member(service, user, Some(account)).await.map_err(|error| match error {
        Error::NotFound => Error::BadCredentials,
        error => error,
    })?;
    if member.suspension.is_some() || member.must_set_up_second_factor {
        tracing::warn!(%account, %user, "sign-in through the API refused: suspended, or no second factor");
        return Err(Error::BadCredentials);
    }
    access_token::of_member(service, account, user, credential_version).map(Login::Token)
}

enum Found {
    Account(AccountId),
    Several,
    None,
}

/// Finds the account of the user that the client named.
async fn find_account(db: &impl ConnectionTrait, user: Uuid, named: &LoginAccount) -> Result<Found> {
    let found = match named {
        LoginAccount::Id(_) | LoginAccount::Slug(_) => named.id(db).await?.map(|account| account.0),
        LoginAccount::Only => {
            let joined: Vec<Uuid> = memberships::Entity::find()
                .filter(memberships::Column::UserId.eq(user))
                .select_only()
                .column(memberships::Column::AccountId)
                .order_by_asc(memberships::Column::AccountId)
                .limit(2)
                .into_tuple()
                .all(db)
                .await?;
            if joined.len() > 1 {
                return Ok(Found::Several);
            }
            joined.first().copied()
        }
    };
    Ok(found.map_or(Found::None, |account| Found::Account(AccountId(account))))
}
