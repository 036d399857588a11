//! Makes the record of a license of its rows.

use domain::license::{Limit, Visibility};
use domain::license_rules::RuleOverrides;
use domain::meter::Totals;
use domain::{IssuedKey, LicenseId, LicenseTemplateId, ProductId, Timestamp};

use super::model::{LicenseRecord, MetadataRecord, MeterRecord};
use crate::Result;
use crate::customer::CustomerRecord;
use crate::license::derived_id::{derived_id, meter_part};
use crate::organization::OrganizationRecord;
use crate::secrets::Keyring;
use crate::store::convert;
use crate::store::entity::{license_metadata, licenses, products};

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

/// Makes a record of its rows.
pub(super) fn assemble(keys: &Keyring, parts: Parts<'_>) -> Result<LicenseRecord> {
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
fn metadata_record(row: license_metadata::Model) -> MetadataRecord {
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
