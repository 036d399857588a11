//! Lists the account's products.

use domain::ProductId;
use domain::permission::Permission;
use domain::view::{ProductOption, ProductView};
use sea_orm::sea_query::IntoCondition;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::store::convert;
use crate::store::entity::products;
use crate::{Actor, Result, Service};

/// Maximum number of products listed.
const MAX_PRODUCTS_LISTED: u64 = 500;

/// Lists the products, also archived ones, newest first.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "product.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(service: &Service, actor: &Actor) -> Result<Vec<ProductView>> {
    actor.require(Permission::Read)?;
    let rows = products::Entity::find()
        .filter(products::Column::AccountId.eq(actor.account.0))
        .order_by_desc(products::Column::Id)
        .limit(MAX_PRODUCTS_LISTED)
        .all(service.store.read())
        .await?;
    Ok(rows.into_iter().map(convert::product_view).collect())
}

/// Lists the products, also archived ones, as options of a form, by name.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn options(service: &Service, actor: &Actor) -> Result<Vec<ProductOption>> {
    let mut options: Vec<ProductOption> = list(service, actor)
        .await?
        .into_iter()
        .map(|p| ProductOption { id: p.id, name: p.name, archived: p.archived_at.is_some() })
        .collect();
    options.sort_by_key(|p| p.name.to_lowercase());
    Ok(options)
}

/// Products that follow a license template or a trial policy, and are listed.
const MAX_FOLLOWERS_LISTED: u64 = 200;

/// Lists the products that meet a condition on their license template or trial policy, the oldest first.
pub(crate) async fn options_of_rules(
    service: &Service,
    actor: &Actor,
    condition: impl IntoCondition,
) -> Result<Vec<ProductOption>> {
    let rows = products::Entity::find()
        .filter(products::Column::AccountId.eq(actor.account.0))
        .filter(condition)
        .order_by_asc(products::Column::Id)
        .limit(MAX_FOLLOWERS_LISTED)
        .all(service.store.read())
        .await?;
    let option = |row: products::Model| ProductOption {
        id: ProductId(row.id),
        name: row.name,
        archived: row.archived_at.is_some(),
    };
    Ok(rows.into_iter().map(option).collect())
}
