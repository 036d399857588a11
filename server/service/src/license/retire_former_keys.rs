//! Ends the grace time of a license's former keys.

use domain::LicenseId;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::store::entity::former_license_keys;
use crate::store::{AuditEvent, scope};
use crate::{Actor, Result, Service};

/// Ends the grace time of all former keys of a license: apps that send one get `invalid_key` from now on.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database fails.
#[tracing::instrument(name = "license.retire_former_keys", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn retire_former_keys(service: &Service, actor: &Actor, id: LicenseId) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    scope::lock_license(&txn, actor.account, id).await?;
    let now = txn.now().millis();
    let retired = former_license_keys::Entity::update_many()
        .col_expr(former_license_keys::Column::ValidUntil, Expr::value(now))
        .filter(former_license_keys::Column::LicenseId.eq(id.0))
        .filter(former_license_keys::Column::ValidUntil.gt(now))
        .exec(txn.conn())
        .await?;
    if retired.rows_affected == 0 {
        return Ok(());
    }
    txn.record(actor, AuditEvent::license(Event::FormerKeysRetired, id));
    txn.commit().await
}
