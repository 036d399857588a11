//! Password reset at the operator's shell, for instances that send no mail and users whose mails do not
//! arrive.

use domain::event::Event;
use domain::{Email, UserId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::lock_user::lock_user;
use super::new_password;
use super::notice::{Notice, notify};
use super::own_password::set_password;
use super::record::record_by;
use crate::secrets::password;
use crate::store::entity::users;
use crate::{Error, Principal, Result, Service};

/// Sets a user's password and ends all sessions of the user.
///
/// # Errors
/// Returns an error if the user does not exist, the password is too short, or the database fails.
#[tracing::instrument(name = "account.reset_password", skip_all, err(level = "debug"))]
pub async fn reset_password(service: &Service, email: &Email, password: String) -> Result<()> {
    let found = users::Entity::find()
        .filter(users::Column::Email.eq(email.as_str()))
        .one(service.store.read())
        .await?
        .ok_or(Error::NotFound)?;
    let own_words = new_password::own_words(service.store.read(), &found).await?;
    let own_words: Vec<&str> = own_words.iter().map(String::as_str).collect();
    new_password::check(&password, &own_words)?;
    let hash = password::hash(password).await?;
    let mut txn = service.begin_write().await?;
    let user = UserId(found.id);
    lock_user(&txn, user).await?;
    set_password(&txn, user, hash).await?;
    let detail = Some(email.to_string());
    record_by(&mut txn, user, Event::PasswordReset, detail, &Principal::Operator).await?;
    notify(service, &txn, user, &Notice::PasswordChanged).await?;
    txn.commit().await
}
