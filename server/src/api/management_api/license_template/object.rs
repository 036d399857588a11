//! A license template in bodies: a pure function of its record.

use serde::Serialize;
use service::license_template::TemplateRecord;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::rules::{RulesObject, key_prefix};

/// A license template.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::LicenseTemplate)]
pub struct TemplateObject {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    /// Its name.
    name: String,
    /// The pattern of new keys, as a regular expression.
    key_pattern: String,
    /// The first letters of new keys, or an empty text.
    key_prefix: String,
    #[serde(flatten)]
    rules: RulesObject,
    /// Keys of metadata that a new license must have.
    required_metadata_keys: Vec<String>,
    /// Names of meters that a new license has.
    required_meter_attributes: Vec<String>,
}

impl TemplateObject {
    /// Creates the object of a record.
    pub fn new(record: &TemplateRecord) -> Self {
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.updated_at.into(),
            name: record.name.clone(),
            key_pattern: record.key.to_string(),
            key_prefix: key_prefix(&record.key).to_owned(),
            rules: RulesObject::new(record.machine_limit, record.domain_limit, &record.rules),
            required_metadata_keys: record.required_metadata.clone(),
            required_meter_attributes: record.required_meters.clone(),
        }
    }
}

impl ListItem for TemplateObject {
    fn id(&self) -> Uuid {
        self.id
    }
}
