//! Read models of licenses, activations and the timeline.

use serde::{Deserialize, Serialize};

use crate::activation::Kind;
use crate::event::Event;
use crate::license::{Limit, Standing};
use crate::meter::Uses;
use crate::{ActivationId, AuditEntryId, LicenseId, ProductId, Timestamp};

/// A license in a list. Field names have one letter, because a page sends fifty rows to the
/// browser for hydration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseRow {
    /// The id.
    #[serde(rename = "i")]
    pub id: LicenseId,
    /// The key's last four characters.
    #[serde(rename = "k")]
    pub last_four: String,
    /// The current standing.
    #[serde(rename = "s")]
    pub standing: Standing,
    /// The product's name.
    #[serde(rename = "p")]
    pub product: String,
    /// The customer's name, or else the e-mail address.
    #[serde(rename = "c")]
    pub customer: Option<String>,
    /// Domains in use.
    #[serde(rename = "u")]
    pub domains_used: u32,
    /// The domain limit.
    #[serde(rename = "l")]
    pub domain_limit: Limit,
    /// Machines in use.
    #[serde(rename = "m")]
    pub machines_used: u32,
    /// The machine limit.
    #[serde(rename = "n")]
    pub machine_limit: Limit,
    /// The expiry; `None` is unlimited.
    #[serde(rename = "e")]
    pub expires_at: Option<Timestamp>,
    /// When the license was issued.
    #[serde(rename = "a")]
    pub created_at: Timestamp,
    /// When an app last verified the license.
    #[serde(rename = "v")]
    pub last_verified_at: Option<Timestamp>,
}

/// A license on its detail page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseView {
    /// The id.
    pub id: LicenseId,
    /// The key with all but its prefix and last four characters hidden.
    pub masked_key: String,
    /// The current standing.
    pub standing: Standing,
    /// When the license was suspended or revoked.
    pub standing_since: Option<Timestamp>,
    /// The reason for the suspension or revocation.
    pub standing_reason: Option<String>,
    /// The product.
    pub product_id: ProductId,
    /// The product's name.
    pub product: String,
    /// The customer's name.
    pub customer_name: Option<String>,
    /// The customer's e-mail address.
    pub customer_email: Option<String>,
    /// Domains in use.
    pub domains_used: u32,
    /// The domain limit.
    pub domain_limit: Limit,
    /// Machines in use.
    pub machines_used: u32,
    /// The machine limit.
    pub machine_limit: Limit,
    /// The expiry; `None` is unlimited.
    pub expires_at: Option<Timestamp>,
    /// When the license was issued.
    pub created_at: Timestamp,
    /// Number of successful verifications.
    pub verification_count: i64,
    /// Time of the last successful verification.
    pub last_verified_at: Option<Timestamp>,
    /// Number of deactivations by the license's clients.
    pub deactivations: u32,
    /// Uses of the product's meters: name, uses, allowed uses.
    pub meters: Vec<(String, i64, Option<i64>)>,
    /// The activations, newest first.
    pub activations: Vec<ActivationRow>,
    /// Sealed cursor of the next activations, if there are more.
    pub more_activations: Option<String>,
    /// Token of the page's forms. A form that is submitted twice counts once.
    pub form_token: String,
}

/// An activation in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationRow {
    /// The id; `None` for roles that may not free activations, because the id of a machine's activation
    /// is enough to free it (machine API contract).
    pub id: Option<ActivationId>,
    /// Domain or machine.
    pub kind: Kind,
    /// The domain, or the machine's fingerprint.
    pub subject: String,
    /// The domain in Unicode, if it is international and no other name looks like it.
    pub unicode: Option<String>,
    /// When the slot was taken.
    pub activated_at: Timestamp,
    /// Number of successful verifications.
    pub verification_count: i64,
    /// Time of the last successful verification.
    pub last_verified_at: Option<Timestamp>,
    /// The machine's reported properties.
    pub machine: Option<MachineView>,
}

/// The reported properties of a machine that pages show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineView {
    /// The network name.
    pub hostname: String,
    /// The operating system.
    pub os: String,
    /// The app's version.
    pub app_version: String,
    /// The client's address at the activation.
    pub ip: Option<String>,
    /// When the machine last synced.
    pub last_synced_at: Option<Timestamp>,
    /// When the lease ends, if there is one.
    pub lease_ends: Option<Timestamp>,
    /// The machine was activated by an offline file and never syncs.
    pub offline: bool,
    /// Uses of the license's meters by this activation.
    pub uses: Uses,
}

/// The timeline of a license, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// One page of entries.
    pub entries: Vec<TimelineEntry>,
    /// Cursor of the older entries, if there are more.
    pub more: Option<AuditEntryId>,
}

/// An entry of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// The event; `None` for an event of a newer version.
    pub event: Option<Event>,
    /// The event's name in the audit log.
    pub action: String,
    /// Details, such as the domain or "3 → 5".
    pub detail: Option<String>,
    /// The principal's name.
    pub actor: String,
    /// Time of the event.
    pub at: Timestamp,
}
