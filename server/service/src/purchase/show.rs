//! One connection.

use domain::permission::Permission;
use domain::view::ShopConnectionView;
use domain::{ProductId, ShopConnectionId};

use super::{scope, view};
use crate::store::scope as account_scope;
use crate::{Actor, Result, Service};

/// Returns a connection.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such connection, or the database fails.
#[tracing::instrument(name = "purchase.show", skip_all, fields(account = %actor.account, connection = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: ShopConnectionId) -> Result<ShopConnectionView> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let row = scope::connection(db, actor.account, id).await?;
    let product = account_scope::product(db, actor.account, ProductId(row.product_id)).await?;
    view::connection(&row, &product.name)
}
