//! What a machine reported before an event of the activation log, kept in the place of the changes of the event's entry.

use domain::machine::Machine;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::changes::Changes;
use super::entity::activations;

/// A machine at an event. The app's own properties and the hash of the machine's user are not kept: they may name a
/// person, and an erasure of a customer does not find the entries of activations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MachineFacts {
    /// The operating system.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub os: String,
    /// Its version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub os_version: String,
    /// Name of the virtual machine.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vm_name: String,
    /// Whether the machine is a container.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub container: bool,
    /// Whether the machine was activated by a file.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
    /// The app's version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_version: String,
}

impl MachineFacts {
    /// Returns the facts of an activation. A domain has none.
    pub(crate) fn of_activation(row: &activations::Model) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self {
            os: text(&row.os),
            os_version: text(&row.os_version),
            vm_name: text(&row.vm_name),
            container: row.container.is_some(),
            offline: row.offline_until.is_some(),
            app_version: text(&row.app_version),
        }
    }

    /// Returns the facts of a machine that starts a trial.
    pub(crate) fn of_machine(machine: &Machine, offline: bool) -> Self {
        Self {
            os: machine.os.clone(),
            os_version: machine.os_version.clone().unwrap_or_default(),
            vm_name: machine.vm_name.clone().unwrap_or_default(),
            container: machine.container.is_some(),
            offline,
            app_version: machine.app_version.clone(),
        }
    }

    /// Returns the facts in the place of an entry's changes: those that are not empty, because most machines report few and
    /// each activation keeps them. Nothing if all are empty.
    pub(crate) fn into_changes(self) -> Changes {
        if self == Self::default() { Changes::default() } else { Changes::of_facts(json!(self)) }
    }

    /// Reads the facts of an entry. What is not there is empty, as in entries of earlier versions.
    pub(crate) fn read(changes: &str) -> Self {
        let facts: Vec<Self> = serde_json::from_str(changes).unwrap_or_default();
        facts.into_iter().next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_kept_without_empty_ones() {
        let facts = MachineFacts {
            os: "linux".to_owned(),
            os_version: "12".to_owned(),
            vm_name: String::new(),
            container: true,
            offline: false,
            app_version: "1.4.0".to_owned(),
        };
        let kept = facts.clone().into_changes().into_json();
        let expected =
            json!([{ "os": "linux", "osVersion": "12", "container": true, "appVersion": "1.4.0" }]);
        assert_eq!(kept, expected);
        assert_eq!(MachineFacts::read(&kept.to_string()), facts);
        assert!(MachineFacts::default().into_changes().is_empty());
        for other in ["", "[]", "[1]", "{}", r#"[{"propertyName":"os"}]"#] {
            assert_eq!(MachineFacts::read(other), MachineFacts::default(), "{other}");
        }
    }
}
