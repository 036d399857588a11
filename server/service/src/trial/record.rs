//! The read model of a trial.

use domain::event::Event;
use domain::machine::MetadataEntry;
use domain::{ActivationId, ProductId, Timestamp};

use crate::store::entity::trials::Model;
use crate::store::{AuditEvent, convert};

/// A trial of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialActivationRecord {
    /// The trial's id.
    pub id: ActivationId,
    /// The product.
    pub product: ProductId,
    /// When the trial started.
    pub created_at: Timestamp,
    /// When a seller changed it, or when it started.
    pub updated_at: Timestamp,
    /// When the trial ends.
    pub expires_at: Timestamp,
    /// The operating system.
    pub os: String,
    /// Its version.
    pub os_version: String,
    /// Name of the virtual machine.
    pub vm_name: String,
    /// Whether the machine is a container.
    pub is_container: bool,
    /// Whether the trial was started by a request file.
    pub is_offline: bool,
    /// The app's release.
    pub release_version: String,
    /// The network name.
    pub hostname: String,
    /// The address of the request that started the trial.
    pub ip: String,
    /// The app's version.
    pub app_version: String,
    /// The app's own properties.
    pub metadata: Vec<MetadataEntry>,
}

/// Returns the record of a row.
pub(super) fn record(row: Model) -> TrialActivationRecord {
    TrialActivationRecord {
        id: ActivationId(row.id),
        product: ProductId(row.product_id),
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.changed_at()),
        expires_at: Timestamp::from_millis(row.expires_at),
        metadata: convert::json_or_default(row.metadata.as_deref()),
        os: row.os,
        os_version: row.os_version.unwrap_or_default(),
        vm_name: row.vm_name.unwrap_or_default(),
        is_container: row.container.is_some(),
        is_offline: row.is_offline,
        release_version: row.release_version.unwrap_or_default(),
        hostname: row.hostname,
        ip: row.ip.unwrap_or_default(),
        app_version: row.app_version,
    }
}

/// Builds the event of a change of a trial by a seller.
pub(super) fn event(event: Event, row: &Model) -> AuditEvent {
    let mut entry = AuditEvent::object(event, "trial_id", row.id)
        .detail(row.hostname.clone())
        .with_payload("product_id", row.product_id.to_string());
    entry.product = Some(ProductId(row.product_id));
    entry
}
