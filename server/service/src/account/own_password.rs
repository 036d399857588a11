//! A user's own password: checked before a change of the sign-in, and changed.

use domain::event::Event;
use domain::{FieldError, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::notice::{Notice, notify};
use super::record_sign_in::{SignInRecord, record_sign_in};
use super::second_factor::{Proof, begin_write_with};
use super::throttle::Attempt;
use super::{CredentialVersion, SignedInUser, new_password, record_own, reset_link};
use crate::secrets::password;
use crate::store::WriteTxn;
use crate::store::entity::{sessions, users};
use crate::{Actor, Error, Result, Service};

/// Checks the password of a signed-in member. Attempts are limited like those of a sign-in, and failures are
/// audited.
///
/// # Errors
/// Returns an error of the field `password` if it is wrong, [`Error::TooManyTries`], or an error of the
/// database.
pub(super) async fn check_own_password(
    service: &Service,
    actor: &Actor,
    password: String,
) -> Result<users::Model> {
    let user = actor.own_user()?;
    let row = users::Entity::find_by_id(user.0).one(service.store.read()).await?.ok_or(Error::NotFound)?;
    let version = CredentialVersion::new(&service.keys, &row.password_hash, row.totp_confirmed_at);
    // Another bucket than that of sign-ins, so that a stolen session cannot slow those down.
    let account = format!("own {}", version.as_str());
    let attempt = Attempt { account: &account, address: None, device: None };
    tokio::time::sleep(service.sign_in_throttle.check(&attempt, service.now())?).await;
    if !password::verify(password, Some(row.password_hash.clone())).await? {
        tracing::warn!(user = %user, "own password refused");
        record_sign_in(service, user, SignInRecord::Failed, actor.ip());
        return Err(Error::invalid("password", "This is not your present password."));
    }
    service.sign_in_throttle.reset(&attempt);
    Ok(row)
}

/// Changes the actor's own password and ends all sessions of the user. The caller opens a new one with the
/// returned proof.
///
/// # Errors
/// Returns an error of the field `password` or `code` if the proof is wrong, of `new_password` if the new
/// password is refused, or an error of the database.
#[tracing::instrument(name = "account.change_password", skip_all, err(level = "debug"))]
pub async fn change_password(
    service: &Service,
    actor: &Actor,
    proof: Proof,
    new: String,
) -> Result<SignedInUser> {
    let user = actor.own_user()?;
    let row = check_own_password(service, actor, proof.password.clone()).await?;
    let in_field = |fault: FieldError| fault.in_field("new_password");
    let own_words = new_password::own_words(service.store.read(), &row).await?;
    let own_words: Vec<&str> = own_words.iter().map(String::as_str).collect();
    new_password::check(&new, &own_words).map_err(in_field)?;
    let hash = password::hash(new).await?;
    let (mut txn, row) = begin_write_with(service, actor, row, proof.code).await?;
    set_password(&txn, user, hash.clone()).await?;
    record_own(&mut txn, actor, Event::PasswordChanged, None).await?;
    notify(service, &txn, user, &Notice::PasswordChanged).await?;
    txn.commit().await?;
    SignedInUser::new(&service.keys, user, &hash, row.totp_confirmed_at)
}

/// Stores a new password. Links that set a password, and all sessions of the user, end. The user is locked before
/// the links, as in every change of a password.
pub(super) async fn set_password(txn: &WriteTxn, user: UserId, hash: String) -> Result<()> {
    users::Entity::update_many()
        .col_expr(users::Column::PasswordHash, Expr::value(hash))
        .col_expr(users::Column::UpdatedAt, Expr::value(txn.now().millis()))
        .filter(users::Column::Id.eq(user.0))
        .exec(txn.conn())
        .await?;
    reset_link::delete_all(txn, user).await?;
    end_all_sessions(txn, user).await
}

/// Ends all sessions of a user within a transaction.
pub(super) async fn end_all_sessions(txn: &WriteTxn, user: UserId) -> Result<()> {
    sessions::Entity::delete_many().filter(sessions::Column::UserId.eq(user.0)).exec(txn.conn()).await?;
    Ok(())
}
