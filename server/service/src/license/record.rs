//! The read model of a license for programs: everything that the management API and webhooks tell of it.

use std::collections::HashMap;

use domain::license::{Limit, State, Visibility};
use domain::license_rules::{EchoedFields, ExpiryStart, RuleOverrides, RulesInForce};
use domain::meter::Totals;
use domain::{AccountId, IssuedKey, LicenseId, LicenseTemplateId, Period, ProductId, Timestamp};
use sea_orm::{
    ConnectionTrait, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _, Statement,
};
use uuid::Uuid;

use super::derived_id::{derived_id, meter_part};
use crate::customer::CustomerRecord;
use crate::organization::OrganizationRecord;
use crate::secrets::Keyring;
use crate::store::convert;
use crate::store::entity::{license_metadata, license_notes, licenses, products};
use crate::store::row_values::{ColumnType, in_rows, in_rows_sql, row, rows_to_json};
use crate::{Error, Result, customer, organization, tag};

/// Machines of a license of which the last sync is read. A license with more shows a sync of one of its newest.
const MAX_MACHINES_READ: u32 = 1000;

/// A license with everything that belongs to it. Has no `Debug` or `Serialize`, because of its key.
#[derive(Clone)]
pub struct LicenseRecord {
    /// The id.
    pub id: LicenseId,
    /// The product.
    pub product: ProductId,
    /// The template: its own, or its product's.
    pub template: LicenseTemplateId,
    /// The key in clear.
    pub key: IssuedKey,
    /// The state.
    pub state: State,
    /// The machine limit.
    pub machine_limit: Limit,
    /// The domain limit.
    pub domain_limit: Limit,
    /// Machines that are active.
    pub machines_used: u32,
    /// Domains that take a slot.
    pub domains_used: u32,
    /// Deactivations by clients, ever.
    pub deactivations: u32,
    /// The expiry.
    pub expires_at: Option<Timestamp>,
    /// The interval that waits for the first activation.
    pub pending: Option<Period>,
    /// The rules in force.
    pub rules: RulesInForce,
    /// Fields without an effect here.
    pub echoed: EchoedFields,
    /// The first activation.
    pub activated_at: Option<Timestamp>,
    /// The last activation, sync or verification.
    pub last_used_at: Option<Timestamp>,
    /// The customer who holds the license.
    pub customer: Option<CustomerRecord>,
    /// The organization that the license belongs to.
    pub organization: Option<OrganizationRecord>,
    /// The seller's notes.
    pub notes: Option<String>,
    /// The seller's fields, in the order they were made.
    pub metadata: Vec<MetadataRecord>,
    /// The meters in force.
    pub meters: Vec<MeterRecord>,
    /// The names of the tags, in their order.
    pub tags: Vec<String>,
    /// The creation.
    pub created_at: Timestamp,
    /// The last change by a seller.
    pub updated_at: Timestamp,
}

/// A field of the seller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataRecord {
    /// The id.
    pub id: Uuid,
    /// The name.
    pub key: String,
    /// The value.
    pub value: String,
    /// Who sees it.
    pub visibility: Visibility,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
}

/// A meter of a license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterRecord {
    /// The id.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// Uses allowed; `None` is unlimited.
    pub allowed: Option<i64>,
    /// An activation's uses return when it ends.
    pub floating: bool,
    /// Who sees it.
    pub visibility: Visibility,
    /// Uses that count.
    pub total: i64,
    /// Uses ever counted.
    pub gross: i64,
    /// When the license got it.
    pub created_at: Timestamp,
    /// When its allowance was changed.
    pub updated_at: Timestamp,
}

impl LicenseRecord {
    /// Returns whether the license has no expiry now and gets none.
    #[must_use]
    pub fn is_perpetual(&self) -> bool {
        let rolls = self.rules.expiry.start == ExpiryStart::Rolling && self.rules.expiry.interval.is_some();
        self.expires_at.is_none() && self.pending.is_none() && !rolls
    }
}

/// The rows that a record is made of.
pub(crate) struct Parts<'a> {
    pub license: licenses::Model,
    pub product: &'a products::Model,
    pub customer: Option<CustomerRecord>,
    pub organization: Option<OrganizationRecord>,
    pub tags: Vec<String>,
    pub notes: Option<String>,
    /// In the order they were made.
    pub metadata: Vec<license_metadata::Model>,
    /// The last use by an activation.
    pub last_use: Option<i64>,
}

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

/// Makes a record of its rows.
pub(crate) fn assemble(keys: &Keyring, parts: Parts<'_>) -> Result<LicenseRecord> {
    let key = keys.open_license_key(parts.license.id, &parts.license.key_sealed)?;
    assemble_with_key(key, parts)
}

/// Makes a record of its rows and the key, which need not be opened.
pub(crate) fn assemble_with_key(key: IssuedKey, parts: Parts<'_>) -> Result<LicenseRecord> {
    let Parts { license, product, customer, organization, tags, notes, metadata, last_use } = parts;
    let overrides = RuleOverrides::from_storage(license.rules.as_deref());
    let state = convert::license_state(&license)?;
    let last_used = [last_use, license.last_verified_at, license.released_use_at].into_iter().flatten().max();
    let template = license.template_id.or(product.template_id).unwrap_or(product.id);
    Ok(LicenseRecord {
        id: LicenseId(license.id),
        product: ProductId(product.id),
        template: LicenseTemplateId(template),
        key,
        state,
        machine_limit: Limit::from_storage(license.machine_limit),
        domain_limit: Limit::from_storage(license.domain_limit),
        machines_used: convert::to_count(license.machines_used),
        domains_used: convert::to_count(license.domains_used),
        deactivations: convert::to_count(license.deactivations),
        expires_at: convert::to_timestamp(license.expires_at),
        pending: license.pending_interval.as_deref().and_then(|text| text.parse().ok()),
        rules: overrides.merge(convert::rules_of_product(product)),
        activated_at: convert::to_timestamp(license.first_activated_at),
        last_used_at: convert::to_timestamp(last_used),
        customer,
        organization,
        notes,
        metadata: metadata.into_iter().map(metadata_record).collect(),
        meters: meters(&license, product, &overrides),
        tags,
        echoed: overrides.echoed,
        created_at: Timestamp::from_millis(license.created_at),
        updated_at: Timestamp::from_millis(license.updated_at),
    })
}

/// Returns a field of the seller. A row of an earlier version has no id, and gets one that stays the same.
pub(crate) fn metadata_record(row: license_metadata::Model) -> MetadataRecord {
    MetadataRecord {
        id: row.id.unwrap_or_else(|| derived_id(row.license_id, &row.key)),
        key: row.key,
        value: row.value,
        visibility: Visibility::from_storage(&row.view_permissions),
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    }
}

fn meters(
    license: &licenses::Model,
    product: &products::Model,
    overrides: &RuleOverrides,
) -> Vec<MeterRecord> {
    let totals: Totals = convert::json_or_default(license.meters.as_deref());
    let of_product = convert::json_or_default(Some(&product.meters));
    let created = Timestamp::from_millis(license.created_at);
    let meters = overrides.meters.merge(of_product);
    let record = |meter: &domain::meter::Meter| {
        let own = overrides.meters.find(&meter.name);
        let total = totals.get(&meter.id()).copied().unwrap_or_default();
        MeterRecord {
            id: derived_id(license.id, &meter_part(&meter.id())),
            name: meter.name.clone(),
            allowed: meter.allowed,
            floating: meter.floating,
            visibility: own.map_or(Visibility::ACTIVATION, |own| own.visibility),
            total: total.total,
            gross: total.gross,
            created_at: own.map_or(created, |own| own.created_at),
            updated_at: own.map_or(created, |own| own.updated_at),
        }
    };
    meters.all().iter().map(record).collect()
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
