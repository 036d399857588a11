//! The account of a seller within the operator's transaction.

use domain::AccountId;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::store::WriteTxn;
use crate::store::entity::{accounts, products};
use crate::{Error, Result};

/// Loads an account and locks it until the transaction ends. Rows that refer to it can be added meanwhile.
///
/// # Errors
/// [`Error::NotFound`] if the account does not exist, or another [`Error`] if the database fails.
pub(super) async fn lock(txn: &WriteTxn, account: AccountId) -> Result<accounts::Model> {
    let mut find = accounts::Entity::find_by_id(account.0);
    if txn.needs_row_locks() {
        find = find.lock(LockType::NoKeyUpdate);
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}

/// Stores whether apps of the account's customers are answered as for a suspended license, and invalidates
/// all caches. The products hold it, because each request of an app reads its product or a cached license
/// anyway.
pub(super) async fn set_apps_stopped(
    txn: &mut WriteTxn,
    account: AccountId,
    are_stopped: bool,
) -> Result<()> {
    if txn.needs_row_locks() {
        // In the order of their ids, as every transaction that locks several products.
        products::Entity::find()
            .filter(products::Column::AccountId.eq(account.0))
            .order_by_asc(products::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(txn.conn())
            .await?;
    }
    products::Entity::update_many()
        .col_expr(products::Column::AppsStopped, Expr::value(are_stopped))
        .filter(products::Column::AccountId.eq(account.0))
        .exec(txn.conn())
        .await?;
    txn.invalidate_all();
    Ok(())
}
