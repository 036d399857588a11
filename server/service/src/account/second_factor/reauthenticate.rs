//! Proof of the password, and of the second factor if it is on, before a change of the sign-in (OWASP ASVS 5.0,
//! 7.5.1).

use domain::UserId;
use sea_orm::EntityTrait as _;

use super::verify::{TypedCode, accept, wrong_code};
use crate::account::CredentialVersion;
use crate::account::record_sign_in::{SignInRecord, record_sign_in};
use crate::account::throttle::CodeUse;
use crate::store::WriteTxn;
use crate::store::entity::users;
use crate::{Actor, Error, Result, Service};

/// The proof that a form carries.
pub struct Proof {
    /// The present password.
    pub password: String,
    /// A code, if the second factor is on.
    pub code: Option<String>,
}

/// Begins the transaction of a change of the actor's sign-in. `checked` is the user's row whose password was
/// proved. Checks and uses up the code, if the second factor is on. Returns the row in the transaction.
///
/// # Errors
/// Returns an error of the field `code`, [`Error::TooManyTries`], [`Error::Conflict`] if the password was changed
/// meanwhile, or an error of the database.
pub(in crate::account) async fn begin_write_with(
    service: &Service,
    actor: &Actor,
    checked: users::Model,
    code: Option<String>,
) -> Result<(WriteTxn, users::Model)> {
    let code = match checked.totp_confirmed_at {
        Some(_) => {
            let typed = code.as_deref().unwrap_or_default();
            Some(TypedCode::parse(service, CodeUse::OwnChange, &checked, typed, actor.ip()).await?)
        }
        None => None,
    };
    let mut txn = service.begin_write().await?;
    let row = users::Entity::find_by_id(checked.id).one(txn.conn()).await?.ok_or(Error::NotFound)?;
    if row.password_hash != checked.password_hash || row.totp_confirmed_at != checked.totp_confirmed_at {
        return Err(Error::Conflict("Your sign-in was changed meanwhile. Please try again.".into()));
    }
    if let Some(code) = code {
        if !accept(service, &mut txn, &row, &code, &actor.principal).await? {
            drop(txn);
            tracing::warn!(user = %row.id, "second factor refused: wrong code");
            record_sign_in(service, UserId(row.id), SignInRecord::Failed, actor.ip());
            return Err(wrong_code());
        }
        let version = CredentialVersion::new(&service.keys, &row.password_hash, row.totp_confirmed_at);
        service.sign_in_throttle.reset_codes(CodeUse::OwnChange, &version);
    }
    Ok((txn, row))
}
