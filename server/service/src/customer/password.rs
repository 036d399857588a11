//! Passwords of customers. No page asks for them yet; the management API sets and changes them.

use domain::event::Event;
use domain::permission::Permission;
use domain::{CustomerId, FieldError};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use crate::secrets::{Keyring, Purpose, constant_time_eq, password};
use crate::store::entity::customers;
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Actor, Error, Result, Service, random};

/// Length of a customer's password in characters.
const PASSWORD_LEN: std::ops::RangeInclusive<usize> = 8..=256;
/// How long a token that resets a password is valid, in milliseconds: an hour.
const RESET_LIFETIME_MS: i64 = 60 * 60 * 1000;

/// Hashes a new password, off the threads of requests.
///
/// # Errors
/// Returns an error of the field `password` if it is too short or too long.
pub(super) async fn hash_new(new: String) -> Result<String> {
    if !PASSWORD_LEN.contains(&new.chars().count()) {
        return Err(FieldError::new("password", "The password must have 8 to 256 characters.").into());
    }
    password::hash(new).await
}

/// Makes a token that resets the password of a customer once, within an hour. A former token ends.
///
/// The event is where a mail or a webhook begins.
///
/// # Errors
/// Returns an error if the role lacks the permission, the customer does not exist, or the database fails.
#[tracing::instrument(name = "customer.request_password_reset", skip_all, fields(account = %actor.account, customer = %id), err(level = "debug"))]
pub async fn request_password_reset(service: &Service, actor: &Actor, id: CustomerId) -> Result<String> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_customer(&txn, actor.account, id).await?;
    let token = random::stored_token();
    let expires_at = txn.now().plus_millis(RESET_LIFETIME_MS).millis();
    let mut update = row.into_active_model();
    update.reset_digest = Set(Some(digest(&service.keys, id, &token)));
    update.reset_expires_at = Set(Some(expires_at));
    update.update(txn.conn()).await?;
    txn.attach_reset_token(id, &token);
    let entry = AuditEvent::customer(Event::CustomerPasswordResetRequested, id);
    txn.record_of_customer(actor, id, entry);
    txn.commit().await?;
    Ok(token)
}

/// Sets a new password by a token. Of two requests with one token, the second is refused.
///
/// # Errors
/// Returns an error if the role lacks the permission or the customer does not exist, of the field `token` if it has
/// ended or never existed, of the field `password` if it is too short or too long, or an error of the database.
#[tracing::instrument(name = "customer.reset_password", skip_all, fields(account = %actor.account, customer = %id), err(level = "debug"))]
pub async fn reset_password(
    service: &Service,
    actor: &Actor,
    id: CustomerId,
    token: &str,
    new: String,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    // Without a valid token, no password is hashed.
    let row = scope::customer(service.store.read(), actor.account, id).await?;
    check_token(service, &row, token)?;
    let hash = hash_new(new).await?;
    let txn = service.begin_write().await?;
    let row = scope::lock_customer(&txn, actor.account, id).await?;
    check_token(service, &row, token)?;
    store_hash(txn, actor, row, hash).await
}

/// Changes the password of a customer who knows the present one.
///
/// # Errors
/// Returns an error if the role lacks the permission or the customer does not exist, [`Error::BadCredentials`] if
/// the present password is wrong, an error of the field `password` if the new one is too short or too long, or an
/// error of the database.
#[tracing::instrument(name = "customer.update_password", skip_all, fields(account = %actor.account, customer = %id), err(level = "debug"))]
pub async fn update_password(
    service: &Service,
    actor: &Actor,
    id: CustomerId,
    old: String,
    new: String,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let row = scope::customer(service.store.read(), actor.account, id).await?;
    if !password::verify(old, row.password_hash.clone()).await? {
        return Err(Error::BadCredentials);
    }
    let hash = hash_new(new).await?;
    let txn = service.begin_write().await?;
    let locked = scope::lock_customer(&txn, actor.account, id).await?;
    if locked.password_hash != row.password_hash {
        return Err(Error::BadCredentials);
    }
    store_hash(txn, actor, locked, hash).await
}

async fn store_hash(mut txn: WriteTxn, actor: &Actor, row: customers::Model, hash: String) -> Result<()> {
    let id = CustomerId(row.id);
    let mut update = row.into_active_model();
    update.password_hash = Set(Some(hash));
    update.reset_digest = Set(None);
    update.reset_expires_at = Set(None);
    update.update(txn.conn()).await?;
    txn.record_of_customer(actor, id, AuditEvent::customer(Event::CustomerPasswordChanged, id));
    txn.commit().await
}

fn check_token(service: &Service, row: &customers::Model, token: &str) -> Result<()> {
    let is_current = row.reset_expires_at.is_some_and(|end| end > service.now().millis());
    let digest = digest(&service.keys, CustomerId(row.id), token);
    let encode = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let is_same =
        row.reset_digest.as_deref().is_some_and(|stored| constant_time_eq(&encode(stored), &encode(&digest)));
    if is_current && is_same {
        return Ok(());
    }
    Err(Error::invalid("token", "The token has ended or was used. Ask for a new one."))
}

/// The digest of a token is bound to its customer, and to customers: a user's link is another digest.
fn digest(keys: &Keyring, id: CustomerId, token: &str) -> Vec<u8> {
    keys.digest(Purpose::PasswordReset, format!("customer {id} {token}").as_bytes()).to_vec()
}
