//! What an event changed, property by property, for programs that read the event log.

use serde::Serialize;
use serde_json::{Value, json};

/// The changed properties of an object with their values before and after. Secrets never are among them. Values
/// that name a person are allowed in entries about customers alone, because an erasure deletes the changes of
/// those.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<Value>);

impl Changes {
    /// Adds a property, unless both values are equal.
    pub fn add<T: Serialize + PartialEq>(&mut self, property: &'static str, before: &T, after: &T) {
        if before != after {
            self.0.push(json!({ "propertyName": property, "oldValue": before, "newValue": after }));
        }
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
}
