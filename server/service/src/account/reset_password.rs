//! Password reset at the operator's shell, for instances that send no mail and users whose mails do not
//! arrive.

use domain::event::Event;
use domain::{Email, UserId};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, Set,
};

use super::notice::{Notice, notify};
use super::own_password::end_all_sessions;
use super::record::record_by;
use super::{new_password, reset_link};
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
    let row = users::Entity::find()
        .filter(users::Column::Email.eq(email.as_str()))
        .one(txn.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let user = row.id;
    let mut update = row.into_active_model();
    update.password_hash = Set(hash);
    update.updated_at = Set(service.now().millis());
    update.update(txn.conn()).await?;
    reset_link::delete_all(&txn, UserId(user)).await?;
    end_all_sessions(&txn, UserId(user)).await?;
    let detail = Some(email.to_string());
    record_by(&mut txn, UserId(user), Event::PasswordReset, detail, &Principal::Operator).await?;
    notify(service, &txn, UserId(user), &Notice::PasswordChanged).await?;
    txn.commit().await
}
