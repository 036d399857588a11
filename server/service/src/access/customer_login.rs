//! The sign-in of a customer through the API, with the password that the seller or a reset has set.

use domain::{AccountId, CustomerId, Email};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::access_token;
use super::login_account::LoginAccount;
use crate::account::CredentialVersion;
use crate::account::sign_in_failures::SignInFailure;
use crate::account::suspension::is_suspended;
use crate::account::throttle::Attempt;
use crate::secrets::password;
use crate::store::entity::{customers, memberships, users};
use crate::store::scope;
use crate::{Error, Result, Service};

/// Finds the customer whom a sign-in means. `None` if the account has no such customer with a password, or if a
/// member of its team has the address.
pub(super) async fn find(
    service: &Service,
    account: &LoginAccount,
    email: &str,
) -> Result<Option<customers::Model>> {
    let db = service.store.read();
    let Ok(email) = Email::parse(email) else { return Ok(None) };
    let Some(account) = account.id(db).await? else { return Ok(None) };
    let customer = customers::Entity::find()
        .filter(scope::customers_with_emails(service.store.backend(), account, [email.as_str()])?)
        .one(db)
        .await?;
    let Some(customer) = customer.filter(|row| row.password_hash.is_some()) else { return Ok(None) };
    let user = users::Entity::find().filter(users::Column::Email.eq(email.as_str())).one(db).await?;
    if let Some(user) = user
        && memberships::Entity::find_by_id((user.id, account.0)).one(db).await?.is_some()
    {
        return Ok(None);
    }
    Ok(Some(customer))
}

/// Checks the password, and returns an access token. Attempts are counted by customer, so that the sign-in of one
/// never empties the count of another with the same address.
pub(super) async fn sign_in(
    service: &Service,
    row: customers::Model,
    password: String,
    address: Option<&str>,
) -> Result<String> {
    let (account, customer) = (AccountId(row.account_id), CustomerId(row.id));
    let Some(hash) = row.password_hash else { return Err(Error::BadCredentials) };
    // Of the password before the check, so that no token survives a change of it meanwhile.
    let version = CredentialVersion::new(&service.keys, &hash, None);
    let counted = format!("customer {customer} {}", version.as_str());
    let attempt = Attempt { account: &counted, address, device: None };
    let delay = service.sign_in_throttle.check(&attempt, service.now()).inspect_err(|error| {
        service.sign_in_failures.record_throttled(error);
        tracing::warn!(%account, %customer, address, "sign-in of a customer refused: too many attempts");
    })?;
    tokio::time::sleep(delay).await;
    let matches = password::verify(password, Some(hash)).await?;
    if !matches || is_suspended(service.store.read(), account).await? {
        service.sign_in_failures.record(SignInFailure::Credentials);
        tracing::warn!(%account, %customer, address, "sign-in of a customer failed");
        return Err(Error::BadCredentials);
    }
    service.sign_in_throttle.reset(&attempt);
    service.access.visits.note_login(customer, service.now());
    tracing::info!(%account, %customer, address, "sign-in of a customer succeeded");
    access_token::of_customer(service, account, customer, version)
}
