//! Sets a new password by the link of a mail.

use domain::UserId;
use domain::event::Event;
use sea_orm::EntityTrait as _;

use super::lock_user::lock_user;
use super::notice::{Notice, notify};
use super::own_password::set_password;
use super::record::record_by;
use super::{new_password, reset_link};
use crate::secrets::password;
use crate::store::entity::users;
use crate::{Error, Principal, Result, Service};

/// Returns the address of the user whose password a link sets. The token is the permission.
///
/// # Errors
/// Returns [`Error::NotFound`] if the link has expired, was used or never existed, or another [`Error`] if
/// the database fails.
#[tracing::instrument(name = "account.show_password_reset", skip_all, err(level = "debug"))]
pub async fn show_password_reset(service: &Service, token: &str) -> Result<String> {
    let db = service.store.read();
    let user = reset_link::find(db, &service.keys, token, service.now()).await?;
    let row = users::Entity::find_by_id(user.0).one(db).await?.ok_or(Error::NotFound)?;
    Ok(row.email)
}

/// Sets a new password, once per link, and ends all sessions of the user. The second factor stays on. No
/// session is opened: the user signs in with the new password.
///
/// # Errors
/// Returns an error of the field `password` if it is refused, [`Error::Conflict`] if the link has expired or
/// was used, or an error of the database.
#[tracing::instrument(name = "account.reset_password_by_link", skip_all, err(level = "debug"))]
pub async fn reset_password_by_link(
    service: &Service,
    token: &str,
    new: String,
    address: Option<&str>,
) -> Result<()> {
    let db = service.store.read();
    // Without a valid link, no password is hashed.
    let found = reset_link::find(db, &service.keys, token, service.now()).await;
    let user = found.map_err(|error| if matches!(error, Error::NotFound) { ended() } else { error })?;
    let row = users::Entity::find_by_id(user.0).one(db).await?.ok_or_else(ended)?;
    let own_words = new_password::own_words(db, &row).await?;
    let own_words: Vec<&str> = own_words.iter().map(String::as_str).collect();
    new_password::check(&new, &own_words)?;
    let hash = password::hash(new).await?;
    let mut txn = service.begin_write().await?;
    // Before the link, as in every change of a password.
    lock_user(&txn, user).await?;
    if !reset_link::use_up(&txn, &service.keys, token).await? {
        return Err(ended());
    }
    set_password(&txn, user, hash).await?;
    let from = address.unwrap_or("an unknown address");
    let detail = format!("{} by the link of a mail, from {from}", row.email);
    record_by(&mut txn, user, Event::PasswordReset, Some(detail), &Principal::System).await?;
    notify(service, &txn, UserId(row.id), &Notice::PasswordChanged).await?;
    txn.commit().await?;
    tracing::info!(%user, address, "password set by the link of a mail");
    Ok(())
}

fn ended() -> Error {
    Error::Conflict("This link has expired or was used. Ask for a new one.".into())
}
