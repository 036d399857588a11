//! The properties of a machine as reported by its client.

use serde::{Deserialize, Serialize};

/// A custom property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataEntry {
    /// The property's name.
    pub key: String,
    /// The property's value.
    pub value: String,
}

/// The properties of a machine as reported by its client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Machine {
    /// The network name.
    pub hostname: String,
    /// The operating system.
    pub os: String,
    /// The version of the operating system.
    pub os_version: Option<String>,
    /// Name of the virtual machine, if the machine is virtual.
    pub vm_name: Option<String>,
    /// Name of the container, if the machine is a container.
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
