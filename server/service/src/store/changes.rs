//! What an event changed, property by property, for programs that read the event log.

use domain::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// What stands for a value that the log does not tell.
const HIDDEN: &str = "****";

/// The changed properties of an object with their values before and after. Secrets never are among them. Values
/// that name a person are allowed in entries about customers alone, because an erasure deletes the changes of
/// those.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<Value>);

impl Changes {
    /// Wraps what an entry keeps that is no change of a property. The event log has no such entries.
    pub fn of_facts(facts: Value) -> Self {
        Self(vec![facts])
    }

    /// Adds a property, unless both values are equal.
    pub fn add<T: Serialize + PartialEq>(&mut self, property: &'static str, before: &T, after: &T) {
        if before != after {
            self.0.push(json!({ "propertyName": property, "oldValue": before, "newValue": after }));
        }
    }

    /// Adds a property of which the log tells that it changed, and not what it is or was: texts that may be secret, or
    /// that may name a person. The parameters say whether it has a value.
    pub fn add_hidden(&mut self, property: &'static str, before: bool, after: bool) {
        let mask = |has_value: bool| has_value.then_some(HIDDEN);
        self.0.push(json!({ "propertyName": property, "oldValue": mask(before), "newValue": mask(after) }));
    }

    /// Adds the fields of a seller by their names: the removed ones, and those that were set. Values may name a
    /// person.
    pub fn add_metadata(&mut self, removed: &[String], set: &[String]) {
        self.add("metadata", &removed, &set);
    }

    /// Adds a time.
    pub fn add_time(&mut self, property: &'static str, before: Option<Timestamp>, after: Option<Timestamp>) {
        let text = |at: Option<Timestamp>| at.map(Timestamp::rfc3339_millis);
        self.add(property, &text(before), &text(after));
    }

    /// Adds a replaced key or secret by the last four characters of both, which may be the same.
    pub fn add_masked(&mut self, property: &'static str, end_before: &str, end_after: &str) {
        let mask = |end: &str| format!("{HIDDEN}{end}");
        let (before, after) = (mask(end_before), mask(end_after));
        self.0.push(json!({ "propertyName": property, "oldValue": before, "newValue": after }));
    }

    /// Returns whether no property differs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the changed properties.
    pub fn properties(&self) -> Vec<&str> {
        self.0.iter().filter_map(|change| change["propertyName"].as_str()).collect()
    }

    /// Returns the JSON array.
    pub fn into_json(self) -> Value {
        Value::Array(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_no_change() {
        let mut changes = Changes::default();
        changes.add("name", &"Ada", &"Ada");
        assert!(changes.is_empty());
        changes.add("name", &"Ada", &"Grace");
        changes.add("company", &None::<&str>, &Some("Initech"));
        assert_eq!(changes.properties(), ["name", "company"]);
        let expected = json!([
            { "propertyName": "name", "oldValue": "Ada", "newValue": "Grace" },
            { "propertyName": "company", "oldValue": null, "newValue": "Initech" },
        ]);
        assert_eq!(changes.into_json(), expected);
    }

    #[test]
    fn hidden_values_are_reported_as_changed() {
        let mut changes = Changes::default();
        changes.add_hidden("notes", false, true);
        changes.add_hidden("notes", true, true);
        changes.add_masked("key", "ABCD", "WXYZ");
        changes.add_metadata(&[], &["order".to_owned()]);
        changes.add_metadata(&[], &[]);
        changes.add_time("expiresAt", None, Some(Timestamp::from_millis(1)));
        let expected = json!([
            { "propertyName": "notes", "oldValue": null, "newValue": "****" },
            { "propertyName": "notes", "oldValue": "****", "newValue": "****" },
            { "propertyName": "key", "oldValue": "****ABCD", "newValue": "****WXYZ" },
            { "propertyName": "metadata", "oldValue": [], "newValue": ["order"] },
            { "propertyName": "expiresAt", "oldValue": null, "newValue": "1970-01-01T00:00:00.001Z" },
        ]);
        assert_eq!(changes.into_json(), expected);
    }
}
