//! A license in bodies of answers and webhooks: a pure function of its record.

use domain::license::State;
use serde::Serialize;
use service::license::record::{LicenseRecord, MetadataRecord, MeterRecord};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::metadata::{MetadataObject, ViewPermission};
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
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::License)]
#[allow(clippy::struct_excessive_bools, reason = "the contract's form of a license")]
pub struct LicenseObject {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    /// The key. Tokens with the role of viewers see its last four characters only.
    key: String,
    /// Whether the license is revoked.
    revoked: bool,
    /// Whether the license is suspended.
    suspended: bool,
    /// Whether the license has no expiry, and none will come.
    perpetual: bool,
    /// Machines that hold a slot now.
    total_activations: u32,
    /// Deactivations by clients, ever.
    total_deactivations: u32,
    /// Domains that hold a slot now.
    total_domains: u32,
    #[serde(flatten)]
    rules: RulesObject,
    /// Always null.
    effective_date: Option<Time>,
    /// The expiry. Null without one, or before the first activation that starts the interval.
    expires_at: Option<Time>,
    /// The first activation.
    activated_at: Option<Time>,
    /// The last activation, sync or verification.
    last_used_at: Option<Time>,
    /// Notes of the seller.
    notes: Option<String>,
    /// The id of the product.
    product_id: Uuid,
    /// The id of the template.
    license_template_id: Uuid,
    /// The id of the template, for older clients.
    license_policy_id: Uuid,
    /// Kept and answered, without an effect.
    entitlement_set_id: Option<String>,
    /// Kept and answered, without an effect.
    product_version_id: Option<String>,
    /// Kept and answered, without an effect.
    maintenance_policy_id: Option<String>,
    /// Kept and answered, without an effect.
    maintenance_expires_at: Option<Time>,
    /// Kept and answered, without an effect.
    current_release_version: Option<String>,
    /// The newest release that updates offer.
    max_allowed_release_version: Option<String>,
    /// The id of the organization that holds the license.
    organization_id: Option<Uuid>,
    /// The organization that holds the license.
    organization: Option<OrganizationView>,
    /// The id of the user who holds the license.
    user_id: Option<Uuid>,
    /// The user who holds the license.
    user: Option<UserView>,
    /// Always null.
    reseller_id: Option<Uuid>,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    reseller: Option<()>,
    /// Kept and answered, without an effect.
    additional_user_ids: Vec<String>,
    /// Kept and answered, without an effect.
    external_user_ids: Vec<String>,
    /// Fields of the seller, in the order they were made.
    metadata: Vec<MetadataObject>,
    /// The meters in force.
    meter_attributes: Vec<MeterObject>,
    /// The names of the tags.
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
            metadata: record.metadata.into_iter().map(metadata_object).collect(),
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

fn metadata_object(record: MetadataRecord) -> MetadataObject {
    let MetadataRecord { id, key, value, visibility, created_at, updated_at } = record;
    MetadataObject::new(id, (key, value), visibility.words(), created_at.into(), updated_at.into())
}

/// A meter.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Meter)]
struct MeterObject {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    /// Its name.
    name: String,
    /// Uses allowed; -1 is unlimited.
    allowed_uses: i64,
    /// Uses that count.
    total_uses: i64,
    /// All uses ever. A reset keeps them.
    gross_uses: i64,
    /// Whether the uses of an activation return when it ends.
    floating: bool,
    /// Whether apps see it.
    visible: bool,
    /// Who sees it, beside the seller.
    #[schema(value_type = Vec<ViewPermission>)]
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
