//! Licenses as pages show them.

use serde::{Deserialize, Serialize};

use crate::activation::Kind;
use crate::event::Event;
use crate::license::{Limit, Standing};
use crate::meter::Uses;
use crate::{ActivationId, AuditEntryId, LicenseId, ProductId, Timestamp};

/// A license in a list. Fifty of them travel with a page to its script, under
/// names of one letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseRow {
    /// Its id.
    #[serde(rename = "i")]
    pub id: LicenseId,
    /// The key's last four characters.
    #[serde(rename = "k")]
    pub last_four: String,
    /// The current standing.
    #[serde(rename = "s")]
    pub standing: Standing,
    /// Its product's name.
    #[serde(rename = "p")]
    pub product: String,
    /// Its customer's name, or their address.
    #[serde(rename = "c")]
    pub customer: Option<String>,
    /// Domains in use.
    #[serde(rename = "u")]
    pub domains_used: u32,
    /// Domains it may hold.
    #[serde(rename = "l")]
    pub domain_limit: Limit,
    /// When its time is up.
    #[serde(rename = "e")]
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    #[serde(rename = "a")]
    pub created_at: Timestamp,
}

/// A license on its own page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseView {
    /// Its id.
    pub id: LicenseId,
    /// The key with all but its prefix and last four characters hidden.
    pub masked_key: String,
    /// The current standing.
    pub standing: Standing,
    /// Since when it is suspended or revoked.
    pub standing_since: Option<Timestamp>,
    /// Why it is suspended or revoked.
    pub standing_reason: Option<String>,
    /// Its product.
    pub product_id: ProductId,
    /// Its product's name.
    pub product: String,
    /// Its customer's name.
    pub customer_name: Option<String>,
    /// Its customer's address.
    pub customer_email: Option<String>,
    /// Domains in use.
    pub domains_used: u32,
    /// Domains it may hold.
    pub domain_limit: Limit,
    /// Machines in use.
    pub machines_used: u32,
    /// Machines it may hold.
    pub machine_limit: Limit,
    /// When its time is up.
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// Number of successful verifications.
    pub verification_count: i64,
    /// Time of the last successful verification.
    pub last_verified_at: Option<Timestamp>,
    /// Number of deactivations by its clients.
    pub deactivations: u32,
    /// Uses of the product's meters: name, uses, allowed uses.
    pub meters: Vec<(String, i64, Option<i64>)>,
    /// Its activations, newest first.
    pub activations: Vec<ActivationRow>,
    /// Cursor of the next activations, if there are more.
    pub more_activations: Option<ActivationId>,
}

/// An activation in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationRow {
    /// Its id.
    pub id: ActivationId,
    /// Domain or machine.
    pub kind: Kind,
    /// The domain, or the machine's fingerprint.
    pub subject: String,
    /// When the slot was taken.
    pub activated_at: Timestamp,
    /// Number of successful verifications.
    pub verification_count: i64,
    /// When it was last verified.
    pub last_verified_at: Option<Timestamp>,
    /// The machine's reported properties.
    pub machine: Option<MachineView>,
}

/// The reported properties of a machine that pages show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineView {
    /// Its name in the network.
    pub hostname: String,
    /// Its operating system.
    pub os: String,
    /// The app's version.
    pub app_version: String,
    /// The client's address at the activation.
    pub ip: Option<String>,
    /// When it last reported in.
    pub last_synced_at: Option<Timestamp>,
    /// When its lease ends, if it has one.
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

/// One thing that happened, and who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// The event; `None` for an event that this version does not know.
    pub event: Option<Event>,
    /// Its name in the log.
    pub action: String,
    /// Particulars for people, such as the domain or "3 → 5".
    pub detail: Option<String>,
    /// The principal's name.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}
