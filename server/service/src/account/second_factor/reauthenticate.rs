//! Proof of the password, and of the second factor if it is on, before a change of the sign-in (OWASP ASVS 5.0,
//! 7.5.1).

use domain::UserId;
use domain::second_factor::SecondFactorCode;
use sea_orm::EntityTrait as _;

use super::verify::{accept, wrong_code};
use crate::account::check_own_password;
use crate::store::WriteTxn;
use crate::store::entity::users;
use crate::{Error, Result, Service};

/// The proof that a form carries.
pub struct Proof {
    /// The present password.
    pub password: String,
    /// A code, if the second factor is on.
    pub code: Option<String>,
}

/// Checks the proof and begins the transaction of the change, in which the user's row is returned.
///
/// # Errors
/// Returns an error of the field `password` or `code`, [`Error::TooManyTries`], or an error of the database.
pub(super) async fn begin_write_with(
    service: &Service,
    user: UserId,
    proof: Proof,
) -> Result<(WriteTxn, users::Model)> {
    let checked = check_own_password(service, user, proof.password).await?;
    let mut txn = service.begin_write().await?;
    let row = users::Entity::find_by_id(user.0).one(txn.conn()).await?.ok_or(Error::NotFound)?;
    if row.password_hash != checked.password_hash {
        return Err(Error::Conflict("The password was changed meanwhile. Please try again.".into()));
    }
    if row.totp_confirmed_at.is_some() {
        let code = SecondFactorCode::parse(proof.code.as_deref().unwrap_or_default())?;
        service.sign_in_throttle.check_second_factor(user, service.now())?;
        if !accept(service, &mut txn, &row, &code).await? {
            return Err(wrong_code());
        }
        service.sign_in_throttle.reset_second_factor(user);
    }
    Ok((txn, row))
}
