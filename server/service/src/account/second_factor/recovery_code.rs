//! Recovery codes, for a user who has lost the authenticator app.

use data_encoding::BASE32_NOPAD;
use domain::UserId;
use domain::second_factor::{RECOVERY_CODE_LEN, RECOVERY_CODES, format_recovery_code};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};

use crate::secrets::{Keyring, Purpose};
use crate::store::WriteTxn;
use crate::store::entity::recovery_codes;
use crate::{Result, random};

fn digest(keys: &Keyring, user: UserId, code: &str) -> Vec<u8> {
    let value = [user.0.as_bytes().as_slice(), code.as_bytes()].concat();
    keys.digest(Purpose::RecoveryCode, &value).to_vec()
}

/// Replaces the user's codes. Returns the new ones, formatted for reading.
pub(super) async fn replace(txn: &WriteTxn, keys: &Keyring, user: UserId) -> Result<Vec<String>> {
    delete_all(txn, user).await?;
    let codes: Vec<String> = (0..RECOVERY_CODES)
        .map(|_| BASE32_NOPAD.encode(&random::bytes::<7>())[..RECOVERY_CODE_LEN].to_owned())
        .collect();
    let rows = codes.iter().map(|code| recovery_codes::ActiveModel {
        user_id: Set(user.0),
        code_digest: Set(digest(keys, user, code)),
    });
    recovery_codes::Entity::insert_many(rows).exec_without_returning(txn.conn()).await?;
    Ok(codes.iter().map(|code| format_recovery_code(code)).collect())
}

/// Uses a code up. Returns false if the user has no such code, or it was used.
pub(super) async fn use_up(txn: &WriteTxn, keys: &Keyring, user: UserId, code: &str) -> Result<bool> {
    let deleted = recovery_codes::Entity::delete_many()
        .filter(recovery_codes::Column::UserId.eq(user.0))
        .filter(recovery_codes::Column::CodeDigest.eq(digest(keys, user, code)))
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
