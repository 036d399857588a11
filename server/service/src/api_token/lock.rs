//! Locks API tokens.

use domain::{AccountId, ApiTokenId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::store::WriteTxn;
use crate::store::entity::api_tokens;
use crate::{Error, Result};

/// Loads a token of the account and locks it until the transaction ends.
pub(super) async fn lock(txn: &WriteTxn, account: AccountId, id: ApiTokenId) -> Result<api_tokens::Model> {
    let mut find = api_tokens::Entity::find_by_id(id.0).filter(api_tokens::Column::AccountId.eq(account.0));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}
