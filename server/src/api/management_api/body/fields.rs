//! A lenient view of a JSON object. Typed getters are in `read.rs`.

use std::collections::HashMap;

use domain::unicode::decode_text;

use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::json::Json;

/// The properties of a JSON object. Names match in any case, the last of two wins, and `null` is "not given".
#[derive(Clone, Default)]
pub struct Fields {
    /// Each lower-case name once.
    properties: Vec<Property>,
    /// The path of a nested object for messages, such as `metadata[0].`.
    pub(super) path: String,
}

#[derive(Clone)]
struct Property {
    lower_case: String,
    /// As the client wrote it.
    name: String,
    value: Json,
}

impl Fields {
    /// Parses a body. No body, white space and `null` are the empty object.
    ///
    /// # Errors
    /// Returns a validation error if the body is no JSON object.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let invalid = || ManagementError::Validation("The request body must be valid JSON.".to_owned());
        let text = decode_text(bytes).ok_or_else(invalid)?;
        if text.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_str::<Json>(&text) {
            Ok(Json::Object(properties)) => Ok(Self::of(properties, String::new())),
            Ok(Json::Null) => Ok(Self::default()),
            Ok(_) => Err(ManagementError::Validation("The request body must be a JSON object.".to_owned())),
            Err(_) => Err(invalid()),
        }
    }

    pub(super) fn of(properties: Vec<(String, Json)>, path: String) -> Self {
        let mut fields = Self { properties: Vec::with_capacity(properties.len()), path };
        let mut places = HashMap::new();
        for (name, value) in properties {
            let property = Property { lower_case: name.to_lowercase(), name, value };
            let next = fields.properties.len();
            let place = *places.entry(property.lower_case.clone()).or_insert(next);
            match fields.properties.get_mut(place) {
                Some(earlier) => *earlier = property,
                None => fields.properties.push(property),
            }
        }
        fields
    }

    /// Reads `alias` as the property `name`, unless the body has `name` itself.
    pub fn alias(&mut self, alias: &str, name: &str) {
        let (alias, name) = (alias.to_lowercase(), name.to_lowercase());
        if self.find(&name).is_none()
            && let Some(property) = self.properties.iter_mut().find(|property| property.lower_case == alias)
        {
            property.lower_case = name;
        }
    }

    /// Returns whether the body has a value for the property.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.find(&name.to_lowercase()).is_some()
    }

    /// Returns whether the body has no property with a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.properties.iter().all(|property| property.value == Json::Null)
    }

    /// Returns the error of a property that is missing or wrong. `requirement` is the end of the sentence, such
    /// as "is required".
    #[must_use]
    pub fn error(&self, name: &str, requirement: &str) -> ManagementError {
        let lower_case = name.to_lowercase();
        let written = self.properties.iter().find(|property| property.lower_case == lower_case);
        let name = written.map_or(name, |property| &property.name);
        ManagementError::field(&format!("{}{name}", self.path), requirement)
    }

    fn find(&self, lower_case: &str) -> Option<&Property> {
        self.properties
            .iter()
            .find(|property| property.lower_case == lower_case && property.value != Json::Null)
    }

    /// Returns the value of a property; `None` if it is missing or `null`.
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.find(&name.to_lowercase()).map(|property| &property.value)
    }
}
