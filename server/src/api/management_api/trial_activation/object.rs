//! The answer's form of a trial.

use serde::Serialize;
use service::trial::TrialActivationRecord;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::machine_view::{LocationView, PropertyView, properties};

/// A trial. What a trial does not keep is empty.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrialView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    os: String,
    os_version: &'static str,
    hostname: String,
    location: LocationView,
    vm_name: &'static str,
    container: bool,
    app_version: String,
    release_version: &'static str,
    release_channel: &'static str,
    release_platform: &'static str,
    offline: bool,
    product_id: Uuid,
    expires_at: Time,
    metadata: Vec<PropertyView>,
}

impl From<TrialActivationRecord> for TrialView {
    fn from(record: TrialActivationRecord) -> Self {
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.created_at.into(),
            os: record.os,
            os_version: "",
            hostname: record.hostname,
            location: LocationView::of(record.ip),
            vm_name: "",
            container: false,
            app_version: record.app_version,
            release_version: "",
            release_channel: "",
            release_platform: "",
            offline: false,
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
