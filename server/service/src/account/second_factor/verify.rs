//! The second step of a sign-in.

use domain::event::Event;
use domain::permission::Role;
use domain::second_factor::SecondFactorCode;
use domain::{Timestamp, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};

use super::recovery_code::{self, CodeDigest};
use super::totp;
use crate::account::record::record_by;
use crate::account::record_sign_in::{SignInRecord, record_sign_in};
use crate::account::sign_in_failures::SignInFailure;
use crate::account::throttle::CodeUse;
use crate::account::{CredentialVersion, SignedInUser};
use crate::secrets::Purpose;
use crate::store::WriteTxn;
use crate::store::entity::users;
use crate::{Error, Principal, Result, Service};

/// How long the code may be typed after the password, in milliseconds: ten minutes.
const PENDING_MS: i64 = 600_000;

/// A user who proved the password and not yet the second factor.
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingSignIn {
    /// The user.
    pub user: UserId,
    /// The version of the credentials that were proved.
    pub credential_version: CredentialVersion,
    /// When the password was proved.
    pub at: Timestamp,
    /// The browser in words, if it has not signed in before.
    #[serde(default)]
    pub new_browser: Option<String>,
}

/// Completes a sign-in with a code. Attempts of a user are limited, whatever their address: they need the
/// right password.
///
/// # Errors
/// Returns an error of the field `code` if the code is wrong or was used, [`Error::TooManyTries`] after too
/// many attempts, [`Error::Conflict`] if the password must be typed again, or an error of the database.
#[tracing::instrument(name = "account.verify_second_factor", skip_all, fields(user = %pending.user), err(level = "debug"))]
pub async fn verify(
    service: &Service,
    pending: &PendingSignIn,
    code: &str,
    address: Option<&str>,
) -> Result<SignedInUser> {
    let outdated = || Error::Conflict("This sign-in took too long. Please sign in again.".into());
    if service.now().millis() - pending.at.millis() > PENDING_MS {
        return Err(outdated());
    }
    let user = pending.user;
    let row = users::Entity::find_by_id(user.0).one(service.store.read()).await?.ok_or_else(outdated)?;
    if CredentialVersion::new(&service.keys, &row.password_hash, row.totp_confirmed_at)
        != pending.credential_version
    {
        return Err(outdated());
    }
    let code = TypedCode::parse(service, CodeUse::SignIn, &row, code, address).await;
    let code = code.inspect_err(|error| service.sign_in_failures.record_throttled(error))?;
    let mut txn = service.begin_write().await?;
    // Entries do not hold the role.
    let ip = address.map(ToOwned::to_owned);
    let principal = Principal::Member { user, name: row.name.clone(), role: Role::Viewer, ip };
    if !accept(service, &mut txn, &row, &code, &principal).await? {
        drop(txn);
        service.sign_in_failures.record(SignInFailure::SecondFactor);
        tracing::warn!(user = %user, address, "second factor refused: wrong code");
        record_sign_in(service, user, SignInRecord::Failed, address);
        return Err(wrong_code());
    }
    txn.commit().await?;
    service.sign_in_throttle.reset_codes(CodeUse::SignIn, &pending.credential_version);
    tracing::info!(user = %user, address, "sign-in with two factors succeeded");
    let new_browser = pending.new_browser.clone();
    record_sign_in(service, user, SignInRecord::Succeeded { new_browser }, address);
    SignedInUser::new(&service.keys, user, &row.password_hash, row.totp_confirmed_at)
}

/// The error of a code that is wrong or was used.
pub(super) fn wrong_code() -> Error {
    Error::invalid("code", "This code is wrong, expired or used. Codes of the app change every 30 seconds.")
}

/// A typed code, ready for a transaction.
pub(super) enum TypedCode {
    App(String),
    Recovery(CodeDigest),
}

impl TypedCode {
    /// Parses and digests a code. Counts the attempt.
    pub(super) async fn parse(
        service: &Service,
        used_for: CodeUse,
        row: &users::Model,
        typed: &str,
        address: Option<&str>,
    ) -> Result<Self> {
        let code = SecondFactorCode::parse(typed)?;
        let version = CredentialVersion::new(&service.keys, &row.password_hash, row.totp_confirmed_at);
        service.sign_in_throttle.check_codes(used_for, &version, service.now()).inspect_err(|_| {
            tracing::warn!(user = %row.id, address, "second factor refused: too many attempts");
        })?;
        Ok(match code {
            SecondFactorCode::App(code) => Self::App(code),
            SecondFactorCode::Recovery(code) => {
                Self::Recovery(recovery_code::digest(&service.keys, UserId(row.id), &code).await?)
            }
        })
    }
}

/// Accepts a code of a user whose second factor is on, and uses it up within the transaction. The principal is
/// recorded as the user of a recovery code.
pub(super) async fn accept(
    service: &Service,
    txn: &mut WriteTxn,
    row: &users::Model,
    code: &TypedCode,
    principal: &Principal,
) -> Result<bool> {
    let (Some(sealed), Some(_)) = (&row.totp_secret_sealed, row.totp_confirmed_at) else { return Ok(false) };
    match code {
        TypedCode::App(code) => {
            let secret = service.keys.open(Purpose::TotpSecret, row.id, sealed)?;
            match totp::matching_step(&secret, code, txn.now())? {
                Some(step) => advance(txn, row, step).await,
                None => Ok(false),
            }
        }
        TypedCode::Recovery(code) => {
            let user = UserId(row.id);
            let is_accepted = recovery_code::use_up(txn, user, code).await?;
            if is_accepted {
                record_by(txn, user, Event::RecoveryCodeUsed, None, principal).await?;
            }
            Ok(is_accepted)
        }
    }
}

/// Stores the time step of an accepted code. Returns false if this code or a later one was used. The secret
/// must be the one that the code was checked with.
async fn advance(txn: &WriteTxn, row: &users::Model, step: i64) -> Result<bool> {
    let is_later =
        Condition::any().add(users::Column::TotpLastStep.is_null()).add(users::Column::TotpLastStep.lt(step));
    let updated = users::Entity::update_many()
        .col_expr(users::Column::TotpLastStep, Expr::value(step))
        .filter(users::Column::Id.eq(row.id))
        .filter(users::Column::TotpConfirmedAt.eq(row.totp_confirmed_at))
        .filter(is_later)
        .exec(txn.conn())
        .await?;
    Ok(updated.rows_affected > 0)
}
