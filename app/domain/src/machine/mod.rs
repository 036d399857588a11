//! Machines that licenses are bound to, and what they say of themselves.

mod fingerprint;
mod lease;
mod rules;

use serde::{Deserialize, Serialize};

pub use fingerprint::Fingerprint;
pub use lease::Lease;
pub use rules::{AdmissionError, MachineRules, Seconds, SyncRules, TrialRules, fingerprint_of};

/// A custom property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataEntry {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// The properties of a machine as reported by its client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Machine {
    /// Its name in the network.
    pub hostname: String,
    /// Its operating system.
    pub os: String,
    /// The version of the operating system.
    pub os_version: Option<String>,
    /// The virtual machine it is, if it is one.
    pub vm_name: Option<String>,
    /// The container it is, if it is one.
    pub container: Option<String>,
    /// The app's version.
    pub app_version: String,
    /// The app's release.
    pub release_version: Option<String>,
    /// A hash of the name of the machine's user.
    pub user_hash: String,
    /// The app's own properties, at most 50.
    pub metadata: Vec<MetadataEntry>,
}
