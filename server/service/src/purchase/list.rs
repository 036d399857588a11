//! The connections of an account.

use std::collections::HashMap;

use domain::permission::Permission;
use domain::purchase::MAX_CONNECTIONS;
use domain::view::{ShopConnectionList, ShopConnectionView};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::view;
use crate::store::entity::{products, shop_connections};
use crate::{Actor, Result, Service, product};

/// Returns the account's connections, the oldest first. There are few.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "purchase.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(service: &Service, actor: &Actor) -> Result<Vec<ShopConnectionView>> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let rows = shop_connections::Entity::find()
        .filter(shop_connections::Column::AccountId.eq(actor.account.0))
        .order_by_asc(shop_connections::Column::Id)
        .limit(MAX_CONNECTIONS)
        .all(db)
        .await?;
    let names: Vec<(Uuid, String)> = products::Entity::find()
        .select_only()
        .columns([products::Column::Id, products::Column::Name])
        .filter(products::Column::Id.is_in(rows.iter().map(|row| row.product_id)))
        .into_tuple()
        .all(db)
        .await?;
    let names: HashMap<Uuid, String> = names.into_iter().collect();
    let name = |id: Uuid| names.get(&id).map(String::as_str).unwrap_or_default();
    rows.iter().map(|row| view::connection(row, name(row.product_id))).collect()
}

/// Returns the connections, and the products that a connection can be made for.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn list_page(service: &Service, actor: &Actor) -> Result<ShopConnectionList> {
    let connections = list(service, actor).await?;
    let products = product::options(service, actor).await?;
    let products = products.into_iter().filter(|product| !product.archived).collect();
    Ok(ShopConnectionList { connections, products })
}
