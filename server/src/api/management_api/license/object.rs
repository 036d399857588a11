//! A license in bodies of answers and webhooks: a pure function of its record.

use domain::license::{State, Visibility};
use serde::Serialize;
use service::license::record::{LicenseRecord, MetadataRecord, MeterRecord};
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::organization::OrganizationView;
use crate::api::management_api::rules::RulesObject;
use crate::api::management_api::user::UserView;

/// Whether a key is shown in clear, or masked to its last four characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyView {
    /// In clear.
    Clear,
    /// Masked, for tokens of viewers.
    Masked,
}

/// A license.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "the contract's form of a license")]
pub struct LicenseObject {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    key: String,
    revoked: bool,
    suspended: bool,
    perpetual: bool,
    total_activations: u32,
    total_deactivations: u32,
    total_domains: u32,
    #[serde(flatten)]
    rules: RulesObject,
    effective_date: Option<Time>,
    expires_at: Option<Time>,
    activated_at: Option<Time>,
    last_used_at: Option<Time>,
    notes: Option<String>,
    product_id: Uuid,
    license_template_id: Uuid,
    license_policy_id: Uuid,
    entitlement_set_id: Option<String>,
    product_version_id: Option<String>,
    maintenance_policy_id: Option<String>,
    maintenance_expires_at: Option<Time>,
    current_release_version: Option<String>,
    max_allowed_release_version: Option<String>,
    organization_id: Option<Uuid>,
    organization: Option<OrganizationView>,
    user_id: Option<Uuid>,
    user: Option<UserView>,
    reseller_id: Option<Uuid>,
    reseller: Option<()>,
    additional_user_ids: Vec<String>,
    external_user_ids: Vec<String>,
    metadata: Vec<MetadataObject>,
    meter_attributes: Vec<MeterObject>,
    tags: Vec<String>,
}

impl LicenseObject {
    /// Creates the object of a record.
    pub fn new(record: LicenseRecord, key: KeyView) -> Self {
        let perpetual = record.is_perpetual();
        let key = match key {
            KeyView::Clear => record.key.expose().to_owned(),
            KeyView::Masked => format!("****{}", record.key.lookup().last_four()),
        };
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.updated_at.into(),
            key,
            revoked: matches!(record.state, State::Revoked { .. }),
            suspended: matches!(record.state, State::Suspended { .. }),
            perpetual,
            total_activations: record.machines_used,
            total_deactivations: record.deactivations,
            total_domains: record.domains_used,
            rules: RulesObject::new(record.machine_limit, record.domain_limit, &record.rules),
            effective_date: None,
            expires_at: record.expires_at.map(Time),
            activated_at: record.activated_at.map(Time),
            last_used_at: record.last_used_at.map(Time),
            notes: record.notes,
            product_id: record.product.0,
            license_template_id: record.template.0,
            license_policy_id: record.template.0,
            entitlement_set_id: record.echoed.entitlement_set,
            product_version_id: record.echoed.product_version,
            maintenance_policy_id: record.echoed.maintenance_policy,
            maintenance_expires_at: record.echoed.maintenance_expires_at.map(Time),
            current_release_version: record.echoed.current_release,
            max_allowed_release_version: record.echoed.max_release,
            organization_id: record.organization.as_ref().map(|organization| organization.id.0),
            organization: record.organization.as_ref().map(OrganizationView::of),
            user_id: record.customer.as_ref().map(|customer| customer.id.0),
            user: record.customer.as_ref().map(UserView::of_customer),
            reseller_id: None,
            reseller: None,
            additional_user_ids: record.echoed.additional_users,
            external_user_ids: record.echoed.external_users,
            metadata: record.metadata.into_iter().map(MetadataObject::new).collect(),
            meter_attributes: record.meters.into_iter().map(MeterObject::new).collect(),
            tags: record.tags,
        }
    }

    /// Returns the id.
    pub fn license_id(&self) -> Uuid {
        self.id
    }
}

impl ListItem for LicenseObject {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// A field of the seller.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetadataObject {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    key: String,
    value: String,
    view_permissions: Vec<&'static str>,
    visible: bool,
}

impl MetadataObject {
    fn new(record: MetadataRecord) -> Self {
        let MetadataRecord { id, key, value, visibility, created_at, updated_at } = record;
        Self::from_parts(id, (key, value), visibility, created_at.into(), updated_at.into())
    }

    /// Creates the object of a field of another resource.
    pub fn from_parts(
        id: Uuid,
        (key, value): (String, String),
        visibility: Visibility,
        created_at: Time,
        updated_at: Time,
    ) -> Self {
        Self {
            id,
            created_at,
            updated_at,
            key,
            value,
            view_permissions: visibility.words(),
            visible: visibility.activation,
        }
    }
}

/// A meter.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MeterObject {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    name: String,
    allowed_uses: i64,
    total_uses: i64,
    gross_uses: i64,
    floating: bool,
    visible: bool,
    view_permissions: Vec<&'static str>,
}

impl MeterObject {
    fn new(record: MeterRecord) -> Self {
        Self {
            id: record.id,
            created_at: record.created_at.into(),
            updated_at: record.updated_at.into(),
            name: record.name,
            allowed_uses: record.allowed.unwrap_or(-1),
            total_uses: record.total,
            gross_uses: record.gross,
            floating: record.floating,
            visible: record.visibility.activation,
            view_permissions: record.visibility.words(),
        }
    }
}
