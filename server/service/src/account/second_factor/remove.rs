//! Removes the second factor: by the user, or by the operator for a user who has lost app and codes.

use domain::event::Event;
use domain::{Email, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::reauthenticate::{Proof, begin_write_with};
use super::recovery_code;
use super::require::is_required;
use crate::account::notice::{Notice, notify};
use crate::account::own_password::{check_own_password, end_all_sessions};
use crate::account::record::record_by;
use crate::account::{SignedInUser, record_own};
use crate::store::WriteTxn;
use crate::store::entity::users;
use crate::{Actor, Error, Principal, Result, Service};

/// Switches the actor's second factor off, and ends all sessions of the user. The caller opens a new one with
/// the returned proof.
///
/// # Errors
/// Returns an error of the field `password` or `code`, [`Error::Conflict`] if it is off or an account requires
/// it, or an error of the database.
#[tracing::instrument(name = "account.disable_second_factor", skip_all, err(level = "debug"))]
pub async fn disable(service: &Service, actor: &Actor, proof: Proof) -> Result<SignedInUser> {
    let user = actor.own_user()?;
    let checked = check_own_password(service, actor, proof.password).await?;
    if checked.totp_confirmed_at.is_none() {
        return Err(Error::Conflict("Two-factor sign-in is off already.".into()));
    }
    if is_required(service, user).await? {
        let text = "An account of yours requires two-factor sign-in. An owner can change that on the page of the team.";
        return Err(Error::Conflict(text.into()));
    }
    let (mut txn, row) = begin_write_with(service, actor, checked, proof.code).await?;
    remove(&txn, user).await?;
    end_all_sessions(&txn, user).await?;
    record_own(&mut txn, actor, Event::SecondFactorDisabled, None).await?;
    notify(service, &txn, user, &Notice::SecondFactorDisabled).await?;
    txn.commit().await?;
    SignedInUser::new(&service.keys, user, &row.password_hash, None)
}

/// Removes the second factor of a user who has lost it, and ends the user's sessions. For the operator's
/// command.
///
/// # Errors
/// Returns an error if the user does not exist or has no second factor, or the database fails.
#[tracing::instrument(name = "account.reset_second_factor", skip_all, err(level = "debug"))]
pub async fn reset(service: &Service, email: &Email) -> Result<()> {
    let mut txn = service.begin_write().await?;
    let row = users::Entity::find().filter(users::Column::Email.eq(email.as_str())).one(txn.conn()).await?;
    let row = row.ok_or(Error::NotFound)?;
    if row.totp_confirmed_at.is_none() {
        return Err(Error::Conflict("This user has no second factor.".into()));
    }
    remove(&txn, UserId(row.id)).await?;
    end_all_sessions(&txn, UserId(row.id)).await?;
    let detail = Some(row.email);
    record_by(&mut txn, UserId(row.id), Event::SecondFactorDisabled, detail, &Principal::Operator).await?;
    notify(service, &txn, UserId(row.id), &Notice::SecondFactorDisabled).await?;
    txn.commit().await
}

async fn remove(txn: &WriteTxn, user: UserId) -> Result<()> {
    users::Entity::update_many()
        .col_expr(users::Column::TotpSecretSealed, Expr::value(None::<Vec<u8>>))
        .col_expr(users::Column::TotpMadeAt, Expr::value(None::<i64>))
        .col_expr(users::Column::TotpConfirmedAt, Expr::value(None::<i64>))
        .col_expr(users::Column::TotpLastStep, Expr::value(None::<i64>))
        .filter(users::Column::Id.eq(user.0))
        .exec(txn.conn())
        .await?;
    recovery_code::delete_all(txn, user).await
}
