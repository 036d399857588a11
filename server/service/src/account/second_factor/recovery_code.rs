//! Recovery codes, for a user who has lost the authenticator app.

use data_encoding::BASE32_NOPAD;
use domain::UserId;
use domain::second_factor::{RECOVERY_CODE_LEN, RECOVERY_CODES, format_recovery_code};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};

use crate::secrets::{Keyring, Purpose, password};
use crate::store::WriteTxn;
use crate::store::entity::recovery_codes;
use crate::{Result, random};

/// The stored form of a code.
pub(super) struct CodeDigest(Vec<u8>);

/// Digests a code: argon2id with the user as salt, because codes have fewer than 112 bits (OWASP ASVS 5.0, 6.5.2),
/// then keyed. Takes as long as the check of a password, so it runs before a transaction.
pub(super) async fn digest(keys: &Keyring, user: UserId, code: &str) -> Result<CodeDigest> {
    let derived = password::derive(code.to_owned(), *user.0.as_bytes()).await?;
    let value = [user.0.as_bytes().as_slice(), &derived].concat();
    Ok(CodeDigest(keys.digest(Purpose::RecoveryCode, &value).to_vec()))
}

/// New codes of a user, not stored yet.
pub(super) struct NewCodes {
    /// The codes, formatted for reading.
    pub shown: Vec<String>,
    digests: Vec<CodeDigest>,
}

/// Makes codes.
pub(super) async fn generate(keys: &Keyring, user: UserId) -> Result<NewCodes> {
    let (mut shown, mut digests) = (Vec::new(), Vec::new());
    for _ in 0..RECOVERY_CODES {
        let code = BASE32_NOPAD.encode(&random::bytes::<7>())[..RECOVERY_CODE_LEN].to_owned();
        digests.push(digest(keys, user, &code).await?);
        shown.push(format_recovery_code(&code));
    }
    Ok(NewCodes { shown, digests })
}

/// Replaces the user's codes. Returns the new ones, formatted for reading.
pub(super) async fn replace(txn: &WriteTxn, user: UserId, new: NewCodes) -> Result<Vec<String>> {
    delete_all(txn, user).await?;
    let row =
        |digest: CodeDigest| recovery_codes::ActiveModel { user_id: Set(user.0), code_digest: Set(digest.0) };
    let rows = new.digests.into_iter().map(row);
    recovery_codes::Entity::insert_many(rows).exec_without_returning(txn.conn()).await?;
    Ok(new.shown)
}

/// Uses a code up. Returns false if the user has no such code, or it was used.
pub(super) async fn use_up(txn: &WriteTxn, user: UserId, code: &CodeDigest) -> Result<bool> {
    let deleted = recovery_codes::Entity::delete_many()
        .filter(recovery_codes::Column::UserId.eq(user.0))
        .filter(recovery_codes::Column::CodeDigest.eq(code.0.clone()))
        .exec(txn.conn())
        .await?;
    Ok(deleted.rows_affected > 0)
}

/// Deletes the user's codes.
pub(super) async fn delete_all(txn: &WriteTxn, user: UserId) -> Result<()> {
    recovery_codes::Entity::delete_many()
        .filter(recovery_codes::Column::UserId.eq(user.0))
        .exec(txn.conn())
        .await?;
    Ok(())
}
