//! Loads the records of licenses by a fixed number of statements.

use std::collections::HashMap;

use domain::{AccountId, LicenseId};
use sea_orm::{
    ConnectionTrait, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _, Statement,
};
use uuid::Uuid;

use super::assemble::{Parts, assemble};
use super::model::LicenseRecord;
use crate::secrets::Keyring;
use crate::store::entity::{license_metadata, license_notes, licenses, products};
use crate::store::row_values::{ColumnType, in_rows, in_rows_sql, row, rows_to_json};
use crate::{Error, Result, customer, organization, tag};

/// Machines of a license of which the last sync is read. A license with more shows a sync of one of its newest.
const MAX_MACHINES_READ: u32 = 1000;

/// Loads the records of licenses of the account, in the order of `ids`, by a fixed number of statements. Missing
/// licenses are left out. `db` may be a transaction: the record is then as the transaction has it.
///
/// # Errors
/// Returns an error if the database fails, or if a key cannot be opened.
pub async fn load_many(
    keys: &Keyring,
    db: &impl ConnectionTrait,
    account: AccountId,
    ids: &[LicenseId],
) -> Result<Vec<LicenseRecord>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let backend = db.get_database_backend();
    let id_rows: Vec<_> = ids.iter().map(|id| row![id.0]).collect();
    let of_licenses = || in_rows(backend, &[("license_id", ColumnType::Uuid)], &id_rows);
    let rows = licenses::Entity::find()
        .filter(in_rows(backend, &[("id", ColumnType::Uuid)], &id_rows)?)
        .all(db)
        .await?;
    let mut rows: HashMap<Uuid, licenses::Model> =
        rows.into_iter().filter(|row| row.account_id == account.0).map(|row| (row.id, row)).collect();
    let products = load_products(db, rows.values().map(|row| row.product_id)).await?;
    let of_rows: Vec<Uuid> = rows.values().filter_map(|row| row.customer_id).collect();
    let customers = customer::record::load_many(db, account, of_rows).await?;
    let of_rows: Vec<Uuid> = rows.values().filter_map(|row| row.organization_id).collect();
    let organizations = organization::record::load_many(db, account, of_rows).await?;
    let mut tags = tag::names_of_licenses(db, rows.keys().copied().collect::<Vec<_>>()).await?;
    let notes = license_notes::Entity::find().filter(of_licenses()?).all(db).await?;
    let mut notes: HashMap<Uuid, String> = notes.into_iter().map(|row| (row.license_id, row.text)).collect();
    let mut metadata: HashMap<Uuid, Vec<license_metadata::Model>> = HashMap::new();
    let pairs = license_metadata::Entity::find()
        .filter(of_licenses()?)
        .order_by_asc(license_metadata::Column::CreatedAt)
        .order_by_asc(license_metadata::Column::Id)
        .all(db)
        .await?;
    for pair in pairs {
        metadata.entry(pair.license_id).or_default().push(pair);
    }
    let last_uses = load_last_uses(db, &id_rows).await?;
    let mut records = Vec::with_capacity(rows.len());
    for LicenseId(id) in ids {
        let Some(license) = rows.remove(id) else { continue };
        let product = products
            .get(&license.product_id)
            .ok_or_else(|| Error::Internal(format!("license {id} has no product")))?;
        let parts = Parts {
            product,
            customer: license.customer_id.and_then(|id| customers.get(&id).cloned()),
            organization: license.organization_id.and_then(|id| organizations.get(&id).cloned()),
            tags: tags.remove(id).unwrap_or_default(),
            notes: notes.remove(id),
            metadata: metadata.remove(id).unwrap_or_default(),
            last_use: last_uses.get(id).copied().flatten(),
            license,
        };
        records.push(assemble(keys, parts)?);
    }
    Ok(records)
}

/// Loads one record. Errors as [`load_many`], and [`Error::NotFound`] if the account has no such license.
pub(crate) async fn load_one(
    keys: &Keyring,
    db: &impl ConnectionTrait,
    account: AccountId,
    id: LicenseId,
) -> Result<LicenseRecord> {
    load_many(keys, db, account, &[id]).await?.pop().ok_or(Error::NotFound)
}

/// Loads products by their ids.
pub(crate) async fn load_products(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, products::Model>> {
    let condition = ids_condition(db, ids)?;
    let Some(condition) = condition else { return Ok(HashMap::new()) };
    let rows = products::Entity::find().filter(condition).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Returns the condition that the column `id` is one of these; `None` if there are none.
fn ids_condition(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = Uuid>,
) -> Result<Option<sea_orm::sea_query::SimpleExpr>> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(None);
    }
    let rows: Vec<_> = ids.into_iter().map(|id| row![id]).collect();
    in_rows(db.get_database_backend(), &[("id", ColumnType::Uuid)], &rows).map(Some)
}

/// The last uses of a license by its activations.
#[derive(FromQueryResult)]
struct LastUse {
    id: Uuid,
    machine_use: Option<i64>,
    domain_use: Option<i64>,
}

/// Loads the last syncs of machines and the last activations of domains. Verifications of domains are counted on
/// the license.
async fn load_last_uses(
    db: &impl ConnectionTrait,
    id_rows: &[Vec<sea_orm::Value>],
) -> Result<HashMap<Uuid, Option<i64>>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT l.id, (SELECT MAX(a.used_at) FROM (SELECT COALESCE(last_synced_at, created_at) AS used_at \
         FROM activations WHERE account_id = l.account_id AND license_id = l.id AND kind = 'machine' \
         ORDER BY created_at DESC LIMIT {MAX_MACHINES_READ}) a) AS machine_use, \
         (SELECT created_at FROM activations WHERE account_id = l.account_id AND license_id = l.id \
         AND kind = 'domain' ORDER BY created_at DESC LIMIT 1) AS domain_use \
         FROM licenses l WHERE {}",
        in_rows_sql(backend, &[("id", ColumnType::Uuid)])
    );
    let statement = Statement::from_sql_and_values(backend, sql, [rows_to_json(id_rows)?.into()]);
    let uses = LastUse::find_by_statement(statement).all(db).await?;
    Ok(uses.into_iter().map(|row| (row.id, row.machine_use.max(row.domain_use))).collect())
}
