//! Removes the second factor: by the user, or by the operator for a user who has lost app and codes.

use domain::event::Event;
use domain::{Email, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::reauthenticate::{Proof, begin_write_with};
use super::recovery_code;
use super::require::is_required;
use crate::account::record_of_user;
use crate::account::record::record_by;
use crate::store::WriteTxn;
use crate::store::entity::{sessions, users};
use crate::{Error, Principal, Result, Service};

/// Switches the user's second factor off.
///
/// # Errors
/// Returns an error of the field `password` or `code`, [`Error::Conflict`] if it is off or an account requires
/// it, or an error of the database.
#[tracing::instrument(name = "account.disable_second_factor", skip_all, fields(user = %user), err(level = "debug"))]
pub async fn disable(service: &Service, user: UserId, password: String, code: String) -> Result<()> {
    let (mut txn, row) = begin_write_with(service, user, Proof { password, code: Some(code) }).await?;
    if row.totp_confirmed_at.is_none() {
        return Err(Error::Conflict("Two-factor sign-in is off already.".into()));
    }
    if is_required(service, user).await? {
        let text = "An account of yours requires two-factor sign-in. An owner can change that on the page of the team.";
        return Err(Error::Conflict(text.into()));
    }
    remove(&txn, user).await?;
    record_of_user(&mut txn, user, Event::SecondFactorDisabled, None).await?;
    txn.commit().await
}

/// Removes the second factor of a user who has lost it, and ends the user's sessions. For the operator's
/// command.
///
/// # Errors
/// Returns an error if the user does not exist, or the database fails.
#[tracing::instrument(name = "account.reset_second_factor", skip_all, err(level = "debug"))]
pub async fn reset(service: &Service, email: &Email) -> Result<()> {
    let mut txn = service.begin_write().await?;
    let row = users::Entity::find().filter(users::Column::Email.eq(email.as_str())).one(txn.conn()).await?;
    let row = row.ok_or(Error::NotFound)?;
    remove(&txn, UserId(row.id)).await?;
    sessions::Entity::delete_many().filter(sessions::Column::UserId.eq(row.id)).exec(txn.conn()).await?;
    let detail = Some(row.email);
    record_by(&mut txn, UserId(row.id), Event::SecondFactorDisabled, detail, &Principal::Operator).await?;
    txn.commit().await
}

async fn remove(txn: &WriteTxn, user: UserId) -> Result<()> {
    users::Entity::update_many()
        .col_expr(users::Column::TotpSecretSealed, Expr::value(None::<Vec<u8>>))
        .col_expr(users::Column::TotpConfirmedAt, Expr::value(None::<i64>))
        .col_expr(users::Column::TotpLastStep, Expr::value(None::<i64>))
        .filter(users::Column::Id.eq(user.0))
        .exec(txn.conn())
        .await?;
    recovery_code::delete_all(txn, user).await
}
