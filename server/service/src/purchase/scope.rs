//! Connections of an account, and their rows. Those of another account are reported as not found.

use domain::{AccountId, ShopConnectionId, ShopEventId};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::store::WriteTxn;
use crate::store::entity::{shop_connections, shop_events, shop_prices};
use crate::{Error, Result};

/// Loads a connection of the account.
pub(super) async fn connection(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: ShopConnectionId,
) -> Result<shop_connections::Model> {
    let found = shop_connections::Entity::find_by_id(id.0).one(db).await?;
    found.filter(|row| row.account_id == account.0).ok_or(Error::NotFound)
}

/// Loads a connection of the account and locks it until the transaction ends. Rows that refer to it can be added
/// meanwhile. Connections are locked before customers and licenses.
pub(super) async fn lock_connection(
    txn: &WriteTxn,
    account: AccountId,
    id: ShopConnectionId,
) -> Result<shop_connections::Model> {
    let mut find = shop_connections::Entity::find_by_id(id.0);
    if txn.needs_row_locks() {
        find = find.lock(LockType::NoKeyUpdate);
    }
    let found = find.one(txn.conn()).await?;
    found.filter(|row| row.account_id == account.0).ok_or(Error::NotFound)
}

/// Loads an event of the account.
pub(super) async fn event(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: ShopEventId,
) -> Result<shop_events::Model> {
    let found = shop_events::Entity::find_by_id(id.0).one(db).await?;
    found.filter(|row| row.account_id == account.0).ok_or(Error::NotFound)
}

/// Loads the prices of a connection. There are at most 30.
pub(super) async fn prices(
    db: &impl ConnectionTrait,
    id: ShopConnectionId,
) -> Result<Vec<shop_prices::Model>> {
    let find = shop_prices::Entity::find().filter(shop_prices::Column::ConnectionId.eq(id.0));
    Ok(find.order_by_asc(shop_prices::Column::Price).all(db).await?)
}
