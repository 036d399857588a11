//! Sets the second factor up: a secret for the authenticator app, its confirmation, and recovery codes.

use data_encoding::BASE32_NOPAD;
use domain::event::Event;
use domain::second_factor::SecondFactorCode;
use domain::{Email, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::reauthenticate::{Proof, begin_write_with};
use super::verify::wrong_code;
use super::{recovery_code, totp};
use crate::account::notice::{Notice, notify};
use crate::account::own_password::{check_own_password, end_all_sessions};
use crate::account::throttle::CodeUse;
use crate::account::{CredentialVersion, SignedInUser, record_own};
use crate::secrets::Purpose;
use crate::store::entity::users;
use crate::{Actor, Error, Result, Service};

/// How long a secret may be confirmed, in milliseconds: ten minutes.
const UNCONFIRMED_MS: i64 = 600_000;

/// The secret of an authenticator app that is being set up.
pub struct SetUpView {
    /// The address that apps read from a picture (`otpauth:`).
    pub address: String,
    /// The secret for typing: base32 in groups of four.
    pub secret: String,
}

/// Makes a secret for the actor's authenticator app, for ten minutes. It counts once [`confirm`] has proved that
/// the app has it. A second call replaces the secret. Returns the time of the secret, which only the session
/// that began the set-up knows: another session can neither see nor confirm the secret.
///
/// # Errors
/// Returns an error of the field `password`, [`Error::Conflict`] if the second factor is on, or an error of
/// the database.
#[tracing::instrument(name = "account.begin_second_factor", skip_all, err(level = "debug"))]
pub async fn begin(service: &Service, actor: &Actor, password: String) -> Result<Timestamp> {
    let user = actor.own_user()?;
    let checked = check_own_password(service, actor, password).await?;
    if checked.totp_confirmed_at.is_some() {
        return Err(is_on());
    }
    let (txn, _) = begin_write_with(service, actor, checked, None).await?;
    let sealed = service.keys.seal(Purpose::TotpSecret, user.0, &totp::generate())?;
    let made_at = txn.now();
    users::Entity::update_many()
        .col_expr(users::Column::TotpSecretSealed, Expr::value(sealed))
        .col_expr(users::Column::TotpMadeAt, Expr::value(made_at.millis()))
        .col_expr(users::Column::TotpLastStep, Expr::value(None::<i64>))
        .filter(users::Column::Id.eq(user.0))
        .filter(users::Column::TotpConfirmedAt.is_null())
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    Ok(made_at)
}

/// Switches the second factor on, if the code proves that the app has the secret that was made at `made_at`. Ends
/// all sessions of the user, because they need no second factor; the caller opens a new one with the returned
/// proof. Returns the recovery codes too, which cannot be shown again.
///
/// # Errors
/// Returns an error of the field `code` if the code is wrong, [`Error::Conflict`] if the secret is not being set
/// up or the second factor is on, or an error of the database.
#[tracing::instrument(name = "account.confirm_second_factor", skip_all, err(level = "debug"))]
pub async fn confirm(
    service: &Service,
    actor: &Actor,
    made_at: Option<Timestamp>,
    code: &str,
) -> Result<(SignedInUser, Vec<String>)> {
    let user = actor.own_user()?;
    let SecondFactorCode::App(code) = SecondFactorCode::parse(code)? else { return Err(wrong_code()) };
    let row = users::Entity::find_by_id(user.0).one(service.store.read()).await?.ok_or(Error::NotFound)?;
    let version = CredentialVersion::new(&service.keys, &row.password_hash, row.totp_confirmed_at);
    service.sign_in_throttle.check_codes(CodeUse::OwnChange, &version, service.now())?;
    // Checked before recovery codes are hashed, and again under the lock.
    matching_step(service, &row, made_at, &code)?;
    let new_codes = recovery_code::generate(&service.keys, user).await?;
    let mut txn = service.begin_write().await?;
    let mut find = users::Entity::find_by_id(user.0);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let row = find.one(txn.conn()).await?.ok_or(Error::NotFound)?;
    let step = matching_step(service, &row, made_at, &code)?;
    let confirmed_at = txn.now().millis();
    users::Entity::update_many()
        .col_expr(users::Column::TotpConfirmedAt, Expr::value(confirmed_at))
        .col_expr(users::Column::TotpLastStep, Expr::value(step))
        .filter(users::Column::Id.eq(user.0))
        .exec(txn.conn())
        .await?;
    let codes = recovery_code::replace(&txn, user, new_codes).await?;
    end_all_sessions(&txn, user).await?;
    record_own(&mut txn, actor, Event::SecondFactorEnabled, None).await?;
    notify(service, &txn, user, &Notice::SecondFactorEnabled).await?;
    txn.commit().await?;
    service.sign_in_throttle.reset_codes(CodeUse::OwnChange, &version);
    let signed_in = SignedInUser::new(&service.keys, user, &row.password_hash, Some(confirmed_at))?;
    Ok((signed_in, codes))
}

/// Returns the time step of a code of the secret that is being set up.
fn matching_step(
    service: &Service,
    row: &users::Model,
    made_at: Option<Timestamp>,
    code: &str,
) -> Result<i64> {
    if row.totp_confirmed_at.is_some() {
        return Err(is_on());
    }
    let sealed = unconfirmed(row, made_at, service.now()).ok_or_else(|| {
        Error::Conflict("The set-up took too long. Begin the set-up of two-factor sign-in again.".into())
    })?;
    let secret = service.keys.open(Purpose::TotpSecret, row.id, sealed)?;
    totp::matching_step(&secret, code, service.now())?.ok_or_else(wrong_code)
}

/// Replaces the recovery codes. Returns the new ones, which cannot be shown again.
///
/// # Errors
/// Returns an error of the field `password` or `code`, [`Error::Conflict`] if the second factor is off, or an
/// error of the database.
#[tracing::instrument(name = "account.renew_recovery_codes", skip_all, err(level = "debug"))]
pub async fn renew_recovery_codes(service: &Service, actor: &Actor, proof: Proof) -> Result<Vec<String>> {
    let user = actor.own_user()?;
    let checked = check_own_password(service, actor, proof.password).await?;
    if checked.totp_confirmed_at.is_none() {
        return Err(Error::Conflict("Two-factor sign-in is off. Set it up first.".into()));
    }
    let new_codes = recovery_code::generate(&service.keys, user).await?;
    let (mut txn, _) = begin_write_with(service, actor, checked, proof.code).await?;
    let codes = recovery_code::replace(&txn, user, new_codes).await?;
    record_own(&mut txn, actor, Event::RecoveryCodesRenewed, None).await?;
    notify(service, &txn, user, &Notice::RecoveryCodesRenewed).await?;
    txn.commit().await?;
    Ok(codes)
}

fn is_on() -> Error {
    Error::Conflict("Two-factor sign-in is on. Switch it off before you set up another app.".into())
}

/// Returns the sealed secret that was made at `made_at`. `None` once it is confirmed, replaced or has expired.
pub(super) fn unconfirmed(row: &users::Model, made_at: Option<Timestamp>, now: Timestamp) -> Option<&[u8]> {
    let made_at = made_at.filter(|_| row.totp_confirmed_at.is_none())?.millis();
    let is_current = row.totp_made_at == Some(made_at) && now.millis() - made_at <= UNCONFIRMED_MS;
    row.totp_secret_sealed.as_deref().filter(|_| is_current)
}

/// Builds the view of a sealed secret.
pub(super) fn view(service: &Service, row: &users::Model, sealed: &[u8]) -> Result<SetUpView> {
    let secret = service.keys.open(Purpose::TotpSecret, row.id, sealed)?;
    let email = Email::parse(&row.email).map_err(|e| Error::Internal(e.to_string()))?;
    let text = BASE32_NOPAD.encode(&secret);
    let groups: Vec<&str> =
        (0..text.len()).step_by(4).map(|at| &text[at..(at + 4).min(text.len())]).collect();
    Ok(SetUpView { address: totp::address(&secret, &email)?, secret: groups.join(" ") })
}
