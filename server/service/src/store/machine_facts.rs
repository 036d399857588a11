//! What a machine reported before an event of the activation log, kept as the changes of the event's entry.

use domain::machine::Machine;
use serde::Serialize;
use serde_json::Value;

use super::changes::Changes;
use super::entity::activations;

/// A machine at an event. The app's own properties and the hash of the machine's user are not kept: they may name a
/// person, and an erasure of a customer does not find the entries of activations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineFacts {
    /// The operating system.
    pub os: String,
    /// Its version.
    pub os_version: String,
    /// Name of the virtual machine.
    pub vm_name: String,
    /// Whether the machine is a container.
    pub container: bool,
    /// Whether the machine was activated by a file.
    pub offline: bool,
    /// The app's version.
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

    /// Returns the facts as the changes of an entry by which the machine gets its slot.
    pub(crate) fn appear(&self) -> Changes {
        self.changes(|value| (None, value), |value| (None, value))
    }

    /// Returns the facts as the changes of an entry by which the machine loses its slot.
    pub(crate) fn vanish(&self) -> Changes {
        self.changes(|value| (value, None), |value| (value, None))
    }

    fn changes<'a>(
        &'a self,
        text: impl Fn(Option<&'a str>) -> (Option<&'a str>, Option<&'a str>),
        switch: impl Fn(Option<bool>) -> (Option<bool>, Option<bool>),
    ) -> Changes {
        let mut changes = Changes::default();
        let texts = [
            ("os", &self.os),
            ("osVersion", &self.os_version),
            ("vmName", &self.vm_name),
            ("appVersion", &self.app_version),
        ];
        for (property, value) in texts {
            add(&mut changes, property, text(Some(value.as_str()).filter(|value| !value.is_empty())));
        }
        for (property, value) in [("container", self.container), ("offline", self.offline)] {
            add(&mut changes, property, switch(value.then_some(true)));
        }
        changes
    }

    /// Reads the facts of an entry's changes. What is not there is empty, as in entries of earlier versions.
    pub(crate) fn read(changes: &str) -> Self {
        let changes: Vec<Value> = serde_json::from_str(changes).unwrap_or_default();
        let mut facts = Self::default();
        for change in &changes {
            let (before, after) = (&change["oldValue"], &change["newValue"]);
            let value = if after.is_null() { before } else { after };
            let text = || value.as_str().unwrap_or_default().to_owned();
            match change["propertyName"].as_str().unwrap_or_default() {
                "os" => facts.os = text(),
                "osVersion" => facts.os_version = text(),
                "vmName" => facts.vm_name = text(),
                "appVersion" => facts.app_version = text(),
                "container" => facts.container = value.as_bool().unwrap_or_default(),
                "offline" => facts.offline = value.as_bool().unwrap_or_default(),
                _ => {}
            }
        }
        facts
    }
}

fn add<T: Serialize + PartialEq>(changes: &mut Changes, property: &'static str, (before, after): (T, T)) {
    changes.add(property, &before, &after);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_from_the_changes_of_both_ends() {
        let facts = MachineFacts {
            os: "linux".to_owned(),
            os_version: "12".to_owned(),
            vm_name: String::new(),
            container: true,
            offline: false,
            app_version: "1.4.0".to_owned(),
        };
        for changes in [facts.appear(), facts.vanish()] {
            assert_eq!(changes.properties(), ["os", "osVersion", "appVersion", "container"]);
            assert_eq!(MachineFacts::read(&changes.into_json().to_string()), facts);
        }
        assert!(MachineFacts::default().appear().is_empty());
        for other in ["", "[]", "[1]", "{}", r#"[{"propertyName":"os"}]"#] {
            assert_eq!(MachineFacts::read(other), MachineFacts::default(), "{other}");
        }
    }
}
