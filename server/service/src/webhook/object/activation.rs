//! Loads activations with what they show of their license and product.

use std::collections::{BTreeMap, HashMap};

use domain::activation::Kind;
use domain::license_rules::RuleOverrides;
use domain::machine::MetadataEntry;
use domain::meter::{Meters, Uses};
use domain::webhook::ObjectKind;
use domain::{AccountId, ActivationId, LicenseId, ProductId, Timestamp};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::record::{ActivationRecord, DomainActivationRecord, ObjectKey, ObjectRecord};
use crate::customer::CustomerRecord;
use crate::organization::OrganizationRecord;
use crate::store::convert;
use crate::store::entity::{activations, licenses, products};
use crate::store::row_values::{ColumnType, in_rows, row};
use crate::{Result, customer, organization};

/// The columns of a license that its activations show.
#[derive(FromQueryResult)]
struct LicenseColumns {
    id: Uuid,
    product_id: Uuid,
    customer_id: Option<Uuid>,
    organization_id: Option<Uuid>,
    expires_at: Option<i64>,
    /// Its own rules.
    rules: Option<String>,
}

/// Loads activations of machines and domains.
pub(super) async fn load(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<(ObjectKey, ObjectRecord)>> {
    use licenses::Column as L;
    let id = |ids: &[Uuid]| {
        let rows: Vec<_> = ids.iter().map(|id| row![*id]).collect();
        in_rows(db.get_database_backend(), &[("id", ColumnType::Uuid)], &rows)
    };
    let rows = activations::Entity::find().filter(id(ids)?).all(db).await?;
    let license_ids: Vec<Uuid> = rows.iter().map(|row| row.license_id).collect();
    let found = licenses::Entity::find()
        .select_only()
        .columns([L::Id, L::ProductId, L::CustomerId, L::OrganizationId, L::ExpiresAt, L::Rules])
        .filter(id(&license_ids)?)
        .into_model::<LicenseColumns>()
        .all(db)
        .await?;
    let licenses: HashMap<Uuid, LicenseColumns> =
        found.into_iter().map(|license| (license.id, license)).collect();
    let with_meters = rows.iter().any(|row| row.meters.is_some());
    let product_ids = licenses.values().filter(|_| with_meters).map(|license| license.product_id);
    let meters = load_meters(db, product_ids.collect()).await?;
    let people = People::load(db, &rows, &licenses).await?;
    let record = |row: &activations::Model| {
        let license = licenses.get(&row.license_id)?;
        Some(if row.kind == Kind::Machine.as_str() {
            let of_product = meters.get(&license.product_id).cloned().unwrap_or_default();
            let own = RuleOverrides::from_storage(license.rules.as_deref()).meters;
            let record = machine(row, license, &own.merge(of_product), &people);
            ((ObjectKind::Activation, row.id), ObjectRecord::Activation(Box::new(record)))
        } else {
            let record = domain(row, license);
            ((ObjectKind::DomainActivation, row.id), ObjectRecord::DomainActivation(Box::new(record)))
        })
    };
    Ok(rows.iter().filter_map(record).collect())
}

async fn load_meters(db: &impl ConnectionTrait, products: Vec<Uuid>) -> Result<HashMap<Uuid, Meters>> {
    if products.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String)> = products::Entity::find()
        .select_only()
        .columns([products::Column::Id, products::Column::Meters])
        .filter(products::Column::Id.is_in(products))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, meters)| (id, convert::json_or_default(Some(&meters)))).collect())
}

/// The customers and organizations of the licenses of machines.
struct People {
    customers: HashMap<Uuid, CustomerRecord>,
    organizations: HashMap<Uuid, OrganizationRecord>,
}

impl People {
    async fn load(
        db: &impl ConnectionTrait,
        rows: &[activations::Model],
        licenses: &HashMap<Uuid, LicenseColumns>,
    ) -> Result<Self> {
        let mut wanted: BTreeMap<AccountId, (Vec<Uuid>, Vec<Uuid>)> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.kind == Kind::Machine.as_str()) {
            let Some(license) = licenses.get(&row.license_id) else { continue };
            let (customers, organizations) = wanted.entry(AccountId(row.account_id)).or_default();
            customers.extend(license.customer_id);
            organizations.extend(license.organization_id);
        }
        let mut found = Self { customers: HashMap::new(), organizations: HashMap::new() };
        for (account, (customers, organizations)) in wanted {
            found.customers.extend(customer::record::load_many(db, account, customers).await?);
            found.organizations.extend(organization::record::load_many(db, account, organizations).await?);
        }
        Ok(found)
    }
}

fn machine(
    row: &activations::Model,
    license: &LicenseColumns,
    meters: &Meters,
    people: &People,
) -> ActivationRecord {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let metadata: Vec<MetadataEntry> = convert::json_or_default(row.metadata.as_deref());
    let uses: Uses = convert::json_or_default(row.meters.as_deref());
    let uses_of = |meter: &domain::meter::Meter| {
        (meter.name.clone(), uses.get(&meter.id()).copied().unwrap_or_default())
    };
    ActivationRecord {
        id: ActivationId(row.id),
        license: LicenseId(row.license_id),
        product: ProductId(license.product_id),
        customer: license.customer_id.and_then(|id| people.customers.get(&id).cloned()),
        organization: license.organization_id.and_then(|id| people.organizations.get(&id).cloned()),
        created_at: Timestamp::from_millis(row.created_at),
        last_synced_at: convert::to_timestamp(row.last_synced_at),
        lease_expires_at: convert::to_timestamp(row.lease_expires_at),
        expires_at: convert::to_timestamp(license.expires_at),
        os: text(&row.os),
        os_version: text(&row.os_version),
        hostname: text(&row.hostname),
        ip: text(&row.ip),
        vm_name: text(&row.vm_name),
        is_container: row.container.is_some(),
        app_version: text(&row.app_version),
        release_version: text(&row.release_version),
        is_offline: row.offline_until.is_some(),
        metadata,
        meters: meters.all().iter().map(uses_of).collect(),
    }
}

fn domain(row: &activations::Model, license: &LicenseColumns) -> DomainActivationRecord {
    DomainActivationRecord {
        id: ActivationId(row.id),
        license: LicenseId(row.license_id),
        product: ProductId(license.product_id),
        domain: row.subject.clone(),
        created_at: Timestamp::from_millis(row.created_at),
        last_verified_at: convert::to_timestamp(row.last_verified_at),
        verifications: row.verification_count,
    }
}
