//! Access tokens of a sign-in through the API. The server keeps none: the token is sealed, and holds whom it
//! stands for, the version of the credentials, and its end.

use data_encoding::BASE64URL_NOPAD;
use domain::{AccountId, CustomerId, ScopeSet, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Access, Holder};
use crate::account::suspension::is_suspended;
use crate::account::{self, CredentialVersion};
use crate::secrets::Purpose;
use crate::store::scope;
use crate::{Actor, Error, Principal, Result, Service, random_id};

/// Prefix of access tokens, which begins as that of all tokens.
const PREFIX: &str = "cs_access_";
/// How long an access token lasts, in milliseconds: twelve hours.
const LIFETIME_MS: i64 = 12 * 60 * 60_000;

#[derive(Serialize, Deserialize)]
struct Content {
    id: Uuid,
    account: AccountId,
    subject: Subject,
    until: Timestamp,
}

#[derive(Serialize, Deserialize)]
enum Subject {
    Member(UserId, CredentialVersion),
    /// A customer, and the version of the password.
    Customer(CustomerId, CredentialVersion),
}

/// Returns whether a token is of this kind.
pub(super) fn is_access_token(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// Creates the token of a member who has signed in.
///
/// # Errors
/// Returns an error if it cannot be sealed.
pub(crate) fn of_member(
    service: &Service,
    account: AccountId,
    user: UserId,
    version: CredentialVersion,
) -> Result<String> {
    seal(service, account, Subject::Member(user, version))
}

/// Creates the token of a customer who has signed in.
///
/// # Errors
/// Returns an error if it cannot be sealed.
pub(super) fn of_customer(
    service: &Service,
    account: AccountId,
    customer: CustomerId,
    version: CredentialVersion,
) -> Result<String> {
    seal(service, account, Subject::Customer(customer, version))
}

fn seal(service: &Service, account: AccountId, subject: Subject) -> Result<String> {
    let until = service.now().plus_millis(LIFETIME_MS);
    let content = Content { id: random_id(), account, subject, until };
    let json = serde_json::to_vec(&content).map_err(|e| Error::Internal(format!("access token: {e}")))?;
    let sealed = service.keys.seal(Purpose::AccessToken, service.instance(), &json)?;
    Ok(format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&sealed)))
}

fn open(service: &Service, token: &str) -> Option<Content> {
    let sealed = BASE64URL_NOPAD.decode(token.strip_prefix(PREFIX)?.as_bytes()).ok()?;
    let opened = service.keys.open(Purpose::AccessToken, service.instance(), &sealed).ok()?;
    let content: Content = serde_json::from_slice(&opened).ok()?;
    Some(content).filter(|content| content.until > service.now())
}

/// Loads the access of a token. `None` if it has ended, this instance did not seal it, or its subject has none
/// any more.
pub(super) async fn load(service: &Service, token: &str) -> Result<Option<Access>> {
    let Some(content) = open(service, token) else { return Ok(None) };
    let Content { id, account, subject, until } = content;
    match subject {
        Subject::Member(user, version) => {
            let access = member_access(service, account, user, &version).await?;
            Ok(access.map(|access| Access { token: id, expires_at: Some(until), ..access }))
        }
        Subject::Customer(customer, version) => {
            let access = customer_access(service, account, customer, &version).await?;
            Ok(access.map(|access| Access { token: id, expires_at: Some(until), ..access }))
        }
    }
}

/// Returns the access of a customer: to the customer's own things, so without scopes. `None` if the customer was
/// deleted, has another password, or the operator has suspended the account.
async fn customer_access(
    service: &Service,
    account: AccountId,
    customer: CustomerId,
    version: &CredentialVersion,
) -> Result<Option<Access>> {
    let db = service.store.read();
    let row = match scope::customer(db, account, customer).await {
        Ok(row) => row,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let stored = row.password_hash.map(|hash| CredentialVersion::new(&service.keys, &hash, None));
    if stored.as_ref() != Some(version) || is_suspended(db, account).await? {
        return Ok(None);
    }
    Ok(Some(Access {
        scopes: ScopeSet::default(),
        actor: Actor { account, principal: Principal::Customer { customer: Some(customer), ip: None } },
        holder: Holder::Customer(customer),
        token: Uuid::nil(),
        expires_at: None,
    }))
}

/// Returns the access of a member, as a session of the dashboard has it.
async fn member_access(
    service: &Service,
    account: AccountId,
    user: UserId,
    version: &CredentialVersion,
) -> Result<Option<Access>> {
    let member = match account::member(service, user, Some(account)).await {
        Ok(member) => member,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let is_refused = member.suspension.is_some()
        || member.must_set_up_second_factor
        || member.credential_version != *version;
    Ok((!is_refused).then(|| Access {
        scopes: ScopeSet::of_role(member.me.role),
        actor: member.actor,
        holder: Holder::Member(user),
        token: Uuid::nil(),
        expires_at: None,
    }))
}
