//! The answer's form of a machine's activation.

use serde::Serialize;
use service::machine_activation::ActivationRecord;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::machine_view::{LocationView, PropertyView, properties};
use crate::api::management_api::organization::OrganizationView;
use crate::api::management_api::user::UserView;

/// A machine's activation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Activation)]
pub struct ActivationView {
    /// The activation's id, the token's `aid`.
    id: Uuid,
    created_at: Time,
    /// The time of the last sync, or of the activation.
    updated_at: Time,
    /// The operating system, as the app reports it.
    os: String,
    /// The operating system's version, or an empty text.
    os_version: String,
    /// The machine's host name.
    hostname: String,
    /// Where the machine was at the activation.
    location: LocationView,
    /// The name of the virtual machine, or an empty text.
    vm_name: String,
    /// Whether the app runs in a container.
    container: bool,
    /// The app's version.
    app_version: String,
    /// The app's release, or an empty text.
    release_version: String,
    /// Always an empty text.
    release_channel: &'static str,
    /// Always an empty text.
    release_platform: &'static str,
    /// Whether the machine was activated by a request file.
    offline: bool,
    /// The product's id.
    product_id: Uuid,
    /// The license's id.
    license_id: Uuid,
    /// When the license expires on this machine. `null`: never.
    expires_at: Option<Time>,
    /// When the app last synced.
    last_synced_at: Option<Time>,
    /// When the lease ends, unless the app syncs before. `null`: there is no lease.
    lease_expires_at: Option<Time>,
    /// What else the app has reported.
    metadata: Vec<PropertyView>,
    /// The uses of each meter by this machine.
    meter_attributes: Vec<MeterUseView>,
    /// The id of the user who holds the license.
    user_id: Option<Uuid>,
    /// The user, if `include` names `user`.
    user: Option<UserView>,
    /// The organization, if `include` names `organization`.
    organization: Option<OrganizationView>,
}

/// The uses of a meter by a machine.
#[derive(Serialize, ToSchema)]
#[schema(as = v3::MachineMeterUse)]
struct MeterUseView {
    /// The meter's name.
    name: String,
    /// Total uses of this activation.
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
