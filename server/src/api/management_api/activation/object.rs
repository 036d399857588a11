//! The answer's form of a machine's activation.

use serde::Serialize;
use service::machine_activation::ActivationRecord;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::machine_view::{LocationView, PropertyView, properties};
use crate::api::management_api::organization::OrganizationView;
use crate::api::management_api::user::UserView;

/// A machine's activation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    os: String,
    os_version: String,
    hostname: String,
    location: LocationView,
    vm_name: String,
    container: bool,
    app_version: String,
    release_version: String,
    release_channel: &'static str,
    release_platform: &'static str,
    offline: bool,
    product_id: Uuid,
    license_id: Uuid,
    expires_at: Option<Time>,
    last_synced_at: Option<Time>,
    lease_expires_at: Option<Time>,
    metadata: Vec<PropertyView>,
    meter_attributes: Vec<MeterUseView>,
    user_id: Option<Uuid>,
    user: Option<UserView>,
    organization: Option<OrganizationView>,
}

/// The uses of a meter by a machine.
#[derive(Serialize)]
struct MeterUseView {
    name: String,
    uses: i64,
}

impl From<ActivationRecord> for ActivationView {
    fn from(record: ActivationRecord) -> Self {
        let meters = record.meters.into_iter().map(|(name, uses)| MeterUseView { name, uses });
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.last_synced_at.unwrap_or(record.created_at).into(),
            os: record.os,
            os_version: record.os_version,
            hostname: record.hostname,
            location: LocationView::of(record.ip),
            vm_name: record.vm_name,
            container: record.is_container,
            app_version: record.app_version,
            release_version: record.release_version,
            release_channel: "",
            release_platform: "",
            offline: record.is_offline,
            product_id: record.product.0,
            license_id: record.license.0,
            expires_at: record.expires_at.map(Time),
            last_synced_at: record.last_synced_at.map(Time),
            lease_expires_at: record.lease_expires_at.map(Time),
            metadata: properties(record.metadata),
            meter_attributes: meters.collect(),
            user_id: record.customer.map(|customer| customer.0),
            user: record.user.as_deref().map(UserView::of_customer),
            organization: record.organization.as_deref().map(OrganizationView::of),
        }
    }
}

impl ListItem for ActivationView {
    fn id(&self) -> Uuid {
        self.id
    }
}
