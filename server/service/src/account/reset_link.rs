//! Links that set a new password.

use domain::mail::{MailKind, RESET_LIFETIME_MS};
use domain::{Timestamp, UserId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, Set};

use crate::mail;
use crate::secrets::{Keyring, Purpose};
use crate::store::WriteTxn;
use crate::store::entity::password_resets;
use crate::{Error, Result, random};

fn token_digest(keys: &Keyring, token: &str) -> Vec<u8> {
    keys.digest(Purpose::PasswordReset, token.as_bytes()).to_vec()
}

/// Makes a link for the user, for an hour. Returns its token and its expiry. Earlier links stay valid, so
/// that an attacker's request does not disable the user's link.
pub(super) async fn insert(txn: &WriteTxn, keys: &Keyring, user: UserId) -> Result<(String, Timestamp)> {
    let token = random::stored_token();
    let expires_at = txn.now().plus_millis(RESET_LIFETIME_MS);
    let row = password_resets::ActiveModel {
        token_digest: Set(token_digest(keys, &token)),
        user_id: Set(user.0),
        expires_at: Set(expires_at.millis()),
    };
    password_resets::Entity::insert(row).exec_without_returning(txn.conn()).await?;
    Ok((token, expires_at))
}

/// Finds the user of a link that has not expired and was not used.
///
/// # Errors
/// Returns [`Error::NotFound`] if there is no such link, or another [`Error`] if the database fails.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    keys: &Keyring,
    token: &str,
    now: Timestamp,
) -> Result<UserId> {
    let found = password_resets::Entity::find_by_id(token_digest(keys, token))
        .filter(password_resets::Column::ExpiresAt.gt(now.millis()))
        .one(db)
        .await?;
    found.map(|row| UserId(row.user_id)).ok_or(Error::NotFound)
}

/// Uses a link up. Of two requests with one link, the second gets false.
pub(super) async fn use_up(txn: &WriteTxn, keys: &Keyring, token: &str) -> Result<bool> {
    let used = password_resets::Entity::delete_many()
        .filter(password_resets::Column::TokenDigest.eq(token_digest(keys, token)))
        .filter(password_resets::Column::ExpiresAt.gt(txn.now().millis()))
        .exec(txn.conn())
        .await?;
    Ok(used.rows_affected > 0)
}

/// Deletes all links of the user, whose password is changed, and ends unsent mails with them.
pub(super) async fn delete_all(txn: &WriteTxn, user: UserId) -> Result<()> {
    password_resets::Entity::delete_many()
        .filter(password_resets::Column::UserId.eq(user.0))
        .exec(txn.conn())
        .await?;
    mail::cancel(txn, MailKind::PasswordReset, user.0, "The password was changed.").await
}
