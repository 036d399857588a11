//! A license template in bodies of requests.

use domain::bounded_text::BoundedText;
use domain::{KeyPattern, KeyPrefix, LicenseTemplateId};
use service::license_template::{TemplateChange, TemplateRecord};

use crate::api::management_api::body::Fields;
use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::rules::{RulesInput, Shown, key_prefix};

/// Most names of required fields and meters.
const MAX_NAMES: usize = 50;

/// Reads a template to make, or a change of the one that shows `shown` now. With `imports` it has its id and
/// times too.
pub(super) fn read(fields: &Fields, shown: Option<&TemplateRecord>, imports: bool) -> Result<TemplateChange> {
    let rules_shown = shown.map(|record| Shown { machine_limit: record.machine_limit, rules: &record.rules });
    let RulesInput { limits, rules } = RulesInput::read(fields, rules_shown)?;
    let name = fields.string("name", 1..=256)?.value();
    let name = name.map(|name| BoundedText::parse("name", &name)).transpose();
    let (id, created_at, updated_at) = if imports {
        (fields.id("id")?.value(), fields.time("createdAt")?, fields.time("updatedAt")?)
    } else {
        (None, None, None)
    };
    Ok(TemplateChange {
        id: id.map(LicenseTemplateId),
        created_at,
        updated_at,
        name: name.map_err(|error| ManagementError::Validation(error.message))?,
        key: read_key(fields, shown.map(|record| &record.key))?,
        machine_limit: limits.machines,
        domain_limit: limits.domains,
        rules,
        required_metadata: fields.strings("requiredMetadataKeys", MAX_NAMES, 1..=256)?.change_or_default(),
        required_meters: fields.strings("requiredMeterAttributes", MAX_NAMES, 1..=256)?.change_or_default(),
    })
}

/// Reads the pattern of keys. A prefix without a pattern makes a prefixed one; of an echoed object, the part that
/// differs counts.
fn read_key(fields: &Fields, shown: Option<&KeyPattern>) -> Result<Option<KeyPattern>> {
    let invalid = |error: domain::FieldError| ManagementError::Validation(error.message);
    let pattern = fields.string("keyPattern", 1..=512)?.value();
    let pattern = pattern.map(|text| KeyPattern::parse("keyPattern", &text)).transpose().map_err(invalid)?;
    let prefix = fields.string("keyPrefix", 1..=64)?.value();
    let prefix = prefix.map(|text| KeyPrefix::parse(&text)).transpose().map_err(invalid)?;
    let shows_prefix = shown.map(key_prefix).unwrap_or_default();
    let new_prefix = prefix.filter(|prefix| prefix.as_str() != shows_prefix);
    let is_echo = pattern.is_none() || pattern.as_ref() == shown;
    Ok(match new_prefix {
        Some(prefix) if is_echo => Some(KeyPattern::Prefixed(prefix)),
        _ => pattern,
    })
}
