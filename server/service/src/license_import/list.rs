//! The imports of an account.

use domain::permission::Permission;
use domain::view::ImportRow;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::row;
use crate::store::entity::license_imports;
use crate::{Actor, Result, Service};

/// Most imports in the list.
const MAX_IMPORTS: u64 = 20;

/// Returns the account's latest imports, the newest first.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "license_import.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(service: &Service, actor: &Actor) -> Result<Vec<ImportRow>> {
    actor.require(Permission::Read)?;
    let rows = license_imports::Entity::find()
        .filter(license_imports::Column::AccountId.eq(actor.account.0))
        .order_by_desc(license_imports::Column::Id)
        .limit(MAX_IMPORTS)
        .all(service.store.read())
        .await?;
    rows.iter().map(row::view).collect()
}
