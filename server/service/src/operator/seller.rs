//! The flag that stops the apps of a seller's customers, within the operator's transaction.

use domain::AccountId;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::Result;
use crate::store::WriteTxn;
use crate::store::entity::products;

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
