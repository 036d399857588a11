//! Entries of the activation log.

use domain::{AuditEntryId, LicenseId, ProductId, Timestamp};

use super::ActivationAction;
use crate::store::MachineFacts;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationLogRecord {
    /// The id.
    pub id: AuditEntryId,
    /// The time of the event.
    pub at: Timestamp,
    /// What happened.
    pub action: ActivationAction,
    /// The network name of the machine, or the domain.
    pub subject: String,
    /// What else the machine reported before the event.
    pub machine: MachineFacts,
    /// The client's address, if known.
    pub ip: Option<String>,
    /// The license; a trial has none.
    pub license: Option<LicenseId>,
    /// The product, unless its license was removed.
    pub product: Option<ProductId>,
    /// The e-mail address of the customer who holds the license. In exports alone.
    pub user_email: Option<String>,
    /// The name of the organization that holds the license. In exports alone.
    pub organization_name: Option<String>,
}
