//! The answer's form of a trial.

use serde::Serialize;
use service::trial::TrialActivationRecord;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::machine_view::{LocationView, PropertyView, properties};

/// A trial. What a trial does not keep is empty.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::TrialActivation)]
pub struct TrialView {
    /// The trial's id, the token's `aid`.
    id: Uuid,
    created_at: Time,
    /// When a seller changed it, or when it started.
    updated_at: Time,
    /// The operating system, as the app reports it.
    os: String,
    /// The operating system's version, or an empty text.
    os_version: String,
    /// The machine's host name.
    hostname: String,
    /// Where the machine was at the start of the trial.
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
    /// Whether the trial was started by a request file.
    offline: bool,
    /// The product's id.
    product_id: Uuid,
    /// When the trial ends.
    expires_at: Time,
    /// What else the app has reported.
    metadata: Vec<PropertyView>,
}

impl From<TrialActivationRecord> for TrialView {
    fn from(record: TrialActivationRecord) -> Self {
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.updated_at.into(),
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
            expires_at: record.expires_at.into(),
            metadata: properties(record.metadata),
        }
    }
}

impl ListItem for TrialView {
    fn id(&self) -> Uuid {
        self.id
    }
}
