//! The lock of a user, whose sign-in is changed.

use domain::UserId;
use sea_orm::sea_query::LockType;
use sea_orm::{EntityTrait as _, QuerySelect as _};

use crate::store::WriteTxn;
use crate::store::entity::users;
use crate::{Error, Result};

/// Loads a user and locks the row until the transaction ends. Rows that refer to it can be added meanwhile.
///
/// # Errors
/// Returns [`Error::NotFound`] if the user does not exist, or another [`Error`] if the database fails.
pub(super) async fn lock_user(txn: &WriteTxn, user: UserId) -> Result<users::Model> {
    let mut find = users::Entity::find_by_id(user.0);
    if txn.needs_row_locks() {
        find = find.lock(LockType::NoKeyUpdate);
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}
