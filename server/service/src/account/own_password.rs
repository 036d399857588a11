//! A user's own password: checked before a change of the sign-in, and changed.

use domain::UserId;
use domain::event::Event;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::throttle::Attempt;
use super::{PasswordVersion, SignedInUser, new_password, record_of_user};
use crate::secrets::password;
use crate::store::entity::{sessions, users};
use crate::{Error, Result, Service};

/// Checks the password of a signed-in user. Attempts are limited like those of a sign-in.
///
/// # Errors
/// Returns an error of the field `password` if it is wrong, [`Error::TooManyTries`], or an error of the
/// database.
pub(super) async fn check_own_password(
    service: &Service,
    user: UserId,
    password: String,
) -> Result<users::Model> {
    let row = users::Entity::find_by_id(user.0).one(service.store.read()).await?.ok_or(Error::NotFound)?;
    let version = PasswordVersion::of_hash(&service.keys, &row.password_hash);
    // Another bucket than that of sign-ins, so that a stolen session cannot slow those down.
    let account = format!("own {}", version.as_str());
    let attempt = Attempt { account: &account, address: None, device: None };
    tokio::time::sleep(service.sign_in_throttle.check(&attempt, service.now())?).await;
    let password = if password.len() > 1024 { String::new() } else { password };
    if !password::verify(password, Some(row.password_hash.clone())).await? {
        return Err(Error::invalid("password", "This is not your present password."));
    }
    service.sign_in_throttle.reset(&attempt);
    Ok(row)
}

/// Changes the user's password and ends all sessions of the user. The caller opens a new one with the returned
/// proof.
///
/// # Errors
/// Returns an error of the field `password` if the present password is wrong, of `new_password` if the new one
/// is refused, or an error of the database.
#[tracing::instrument(name = "account.change_password", skip_all, fields(user = %user), err(level = "debug"))]
pub async fn change_password(
    service: &Service,
    user: UserId,
    present: String,
    new: String,
) -> Result<SignedInUser> {
    let row = check_own_password(service, user, present).await?;
    let in_field = |fault: domain::FieldError| fault.in_field("new_password");
    new_password::check(&new, &[&row.email, &row.name]).map_err(in_field)?;
    let hash = password::hash(new).await?;
    let mut txn = service.begin_write().await?;
    let changed = users::Entity::update_many()
        .col_expr(users::Column::PasswordHash, Expr::value(hash.clone()))
        .col_expr(users::Column::UpdatedAt, Expr::value(txn.now().millis()))
        .filter(users::Column::Id.eq(user.0))
        // Another change that came first wins.
        .filter(users::Column::PasswordHash.eq(row.password_hash))
        .exec(txn.conn())
        .await?;
    if changed.rows_affected == 0 {
        return Err(Error::Conflict("The password was changed meanwhile. Please try again.".into()));
    }
    sessions::Entity::delete_many().filter(sessions::Column::UserId.eq(user.0)).exec(txn.conn()).await?;
    record_of_user(&mut txn, user, Event::PasswordChanged, None).await?;
    txn.commit().await?;
    SignedInUser::new(&service.keys, user, &hash)
}
