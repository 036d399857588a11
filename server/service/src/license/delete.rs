//! Deletes a license with everything that belongs to it. Its audit entries stay.

use domain::LicenseId;
use domain::event::Event;
use domain::permission::Permission;
use domain::webhook::Trigger;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, Statement,
};

use crate::store::change_sink::Change;
use crate::store::entity::products;
use crate::store::row_values::{ColumnType, Columns, in_rows_sql, row, rows_to_json};
use crate::store::{AuditEvent, scope};
use crate::{Actor, Result, Service};

/// The tables with rows of a license, and their column of its id; the license itself comes last.
pub(crate) const LICENSE_TABLES: [(&str, Columns); 7] = [
    ("former_license_keys", &[("license_id", ColumnType::Uuid)]),
    ("license_refusals", &[("license_id", ColumnType::Uuid)]),
    ("license_notes", &[("license_id", ColumnType::Uuid)]),
    ("license_metadata", &[("license_id", ColumnType::Uuid)]),
    ("license_meters", &[("license_id", ColumnType::Uuid)]),
    ("license_tags", &[("license_id", ColumnType::Uuid)]),
    ("licenses", &[("id", ColumnType::Uuid)]),
];

/// Deletes a license and its activations. Its key may be used again.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database fails.
#[tracing::instrument(name = "license.delete", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn delete(service: &Service, actor: &Actor, id: LicenseId) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    txn.capture(&[Change::of_license(actor.account, Trigger::Recorded(Event::LicenseDeleted), id.0)]).await?;
    let backend = txn.conn().get_database_backend();
    let ids = rows_to_json(&[row![row.id]])?;
    let activations: (&str, Columns) = ("activations", &[("license_id", ColumnType::Uuid)]);
    for (table, columns) in [activations].into_iter().chain(LICENSE_TABLES) {
        let sql = format!("DELETE FROM {table} WHERE {}", in_rows_sql(backend, columns));
        txn.conn().execute_raw(Statement::from_sql_and_values(backend, sql, [ids.clone().into()])).await?;
    }
    let license_count = products::Column::LicenseCount;
    products::Entity::update_many()
        .col_expr(license_count, Expr::col(license_count).sub(1))
        .filter(products::Column::Id.eq(row.product_id))
        .filter(products::Column::AccountId.eq(actor.account.0))
        .exec(txn.conn())
        .await?;
    let mut entry = AuditEvent::license(Event::LicenseDeleted, id)
        .detail(format!("…{}", row.last_four))
        .with_payload("product_id", row.product_id.to_string());
    if let Some(customer) = row.customer_id {
        entry = entry.with_payload("customer_id", customer.to_string());
    }
    txn.record(actor, entry);
    txn.commit().await
}
