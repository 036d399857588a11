//! Entries of the activation log.

use domain::{AuditEntryId, LicenseId, ProductId, Timestamp};

use super::ActivationAction;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationLogRecord {
    /// The id.
    pub id: AuditEntryId,
    /// The time of the event.
    pub at: Timestamp,
    /// What happened.
    pub action: ActivationAction,
    /// The network name of the machine, or the domain. The log keeps no more of the machine.
    pub subject: String,
    /// The client's address, if known.
    pub ip: Option<String>,
    /// The license; a trial has none.
    pub license: Option<LicenseId>,
    /// The product, unless its license was removed.
    pub product: Option<ProductId>,
}
