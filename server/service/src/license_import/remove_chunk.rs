//! Removes the next licenses of an import, in one transaction.

use std::collections::BTreeMap;

use domain::event::Event;
use domain::import::ImportState;
use domain::permission::Permission;
use domain::{AccountId, LicenseId, LicenseImportId};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, ExprTrait as _, FromQueryResult,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set, Statement,
};
use uuid::Uuid;

use super::end::end;
use super::row;
use crate::store::entity::{license_imports, licenses, products};
use crate::store::row_values::{ColumnType, Columns, in_rows_sql, row, rows_to_json};
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Principal, Result, Service, stored_principal};

/// Licenses removed in one transaction.
const LICENSES_PER_TXN: u64 = 500;

/// The tables with rows of a license, and their column of its id; the license itself comes last.
const TABLES: [(&str, Columns); 6] = [
    ("former_license_keys", &[("license_id", ColumnType::Uuid)]),
    ("license_refusals", &[("license_id", ColumnType::Uuid)]),
    ("license_notes", &[("license_id", ColumnType::Uuid)]),
    ("license_metadata", &[("license_id", ColumnType::Uuid)]),
    ("license_tags", &[("license_id", ColumnType::Uuid)]),
    ("licenses", &[("id", ColumnType::Uuid)]),
];

#[derive(FromQueryResult)]
struct Candidate {
    id: Uuid,
    product_id: Uuid,
    customer_id: Option<Uuid>,
    updated_at: i64,
    is_unused: bool,
}

/// Removes the next licenses that were neither used nor changed. Returns whether licenses are left.
pub(super) async fn run(service: &Service, import: &license_imports::Model) -> Result<bool> {
    let account = AccountId(import.account_id);
    let mut txn = service.begin_write().await?;
    let locked = row::lock(&txn, account, LicenseImportId(import.id)).await?;
    if locked.state != import.state || locked.removed_up_to != import.removed_up_to {
        return Ok(true);
    }
    if stored_principal::must_wait(txn.conn(), &row::principal(&locked)).await? {
        return Ok(false);
    }
    let found = candidates(&txn, &locked).await?;
    let Some(last) = found.last().map(|license| license.id) else {
        return end(txn, locked, ImportState::Removed, None).await.map(|()| false);
    };
    // A removal that was started runs to its end, also if the member left the account meanwhile.
    let principal = row::principal(&locked);
    let actor = stored_principal::actor(txn.conn(), &principal, Permission::ImportLicenses).await?;
    let actor = actor.unwrap_or(Actor { account, principal: Principal::System });
    let is_unchanged = |license: &&Candidate| {
        license.is_unused && locked.finished_at.is_none_or(|at| license.updated_at <= at)
    };
    let unused: Vec<&Candidate> = found.iter().filter(is_unchanged).collect();
    remove(&mut txn, &actor, &unused).await?;
    let removed = locked.removed + i64::try_from(unused.len()).unwrap_or(i64::MAX);
    let mut update = locked.into_active_model();
    update.removed = Set(removed);
    update.removed_up_to = Set(Some(last));
    license_imports::Entity::update(update).exec(txn.conn()).await?;
    txn.commit().await?;
    Ok(true)
}

/// Loads and locks the next licenses of the import.
async fn candidates(txn: &WriteTxn, import: &license_imports::Model) -> Result<Vec<Candidate>> {
    use licenses::Column as L;
    let unused = "domains_used = 0 AND machines_used = 0 AND verification_count = 0 \
        AND first_activated_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM activations WHERE activations.license_id = licenses.id)";
    let mut find = licenses::Entity::find()
        .select_only()
        .columns([L::Id, L::ProductId, L::CustomerId, L::UpdatedAt])
        .expr_as(Expr::cust(unused), "is_unused")
        .filter(L::Id.gt(import.removed_up_to.unwrap_or(import.first_license_id)))
        .filter(L::Id.lte(row::last_license_id(import)))
        .order_by_asc(L::Id)
        .limit(LICENSES_PER_TXN);
    if txn.needs_row_locks() {
        find = find.lock(LockType::Update);
    }
    Ok(find.into_model().all(txn.conn()).await?)
}

/// Deletes licenses and records their events.
async fn remove(txn: &mut WriteTxn, actor: &Actor, unused: &[&Candidate]) -> Result<()> {
    if unused.is_empty() {
        return Ok(());
    }
    let backend = txn.conn().get_database_backend();
    let ids = rows_to_json(&unused.iter().map(|license| row![license.id]).collect::<Vec<_>>())?;
    for (table, columns) in TABLES {
        let sql = format!("DELETE FROM {table} WHERE {}", in_rows_sql(backend, columns));
        txn.conn().execute_raw(Statement::from_sql_and_values(backend, sql, [ids.clone().into()])).await?;
    }
    let mut by_product: BTreeMap<Uuid, i64> = BTreeMap::new();
    for license in unused {
        *by_product.entry(license.product_id).or_default() += 1;
        let mut entry = AuditEvent::license(Event::LicenseRemoved, LicenseId(license.id))
            .with_payload("product_id", license.product_id.to_string());
        if let Some(customer) = license.customer_id {
            entry = entry.with_payload("customer_id", customer.to_string());
        }
        txn.record(actor, entry);
    }
    let license_count = products::Column::LicenseCount;
    for (product, count) in by_product {
        products::Entity::update_many()
            .col_expr(license_count, Expr::col(license_count).sub(count))
            .filter(products::Column::Id.eq(product))
            .filter(products::Column::AccountId.eq(actor.account.0))
            .exec(txn.conn())
            .await?;
    }
    Ok(())
}
