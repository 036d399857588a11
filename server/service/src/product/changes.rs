//! What a change of a product alters, for the event log. Rules are reported by the entry of its license template.

use super::record::ProductMetadata;
use crate::store::entity::products::Model;
use crate::store::{Changes, convert};

/// Returns the properties that differ, by their names in the management API.
pub(super) fn product_changes(before: &Model, after: &Model) -> Changes {
    let mut changes = Changes::default();
    changes.add("name", &before.name, &after.name);
    changes.add("displayName", &display_name(before), &display_name(after));
    changes.add("description", &before.description, &after.description);
    changes.add("slug", &before.slug, &after.slug);
    changes.add("licenseTemplateId", &before.template_id, &after.template_id);
    // A node of the previous version ends trials by the days alone.
    let policy = |row: &Model| row.trial_days.and(row.trial_policy_id);
    changes.add("trialPolicyId", &policy(before), &policy(after));
    changes.add("archived", &before.archived_at.is_some(), &after.archived_at.is_some());
    let fields = |row: &Model| -> Vec<ProductMetadata> { convert::json_or_default(Some(&row.metadata)) };
    let (former, fields) = (fields(before), fields(after));
    let is_gone = |field: &&ProductMetadata| !fields.iter().any(|other| other.key == field.key);
    let name = |field: &ProductMetadata| field.key.clone();
    let removed: Vec<String> = former.iter().filter(is_gone).map(name).collect();
    let set: Vec<String> = fields.iter().filter(|field| !former.contains(field)).map(name).collect();
    changes.add_metadata(&removed, &set);
    changes
}

/// Returns the name for customers, which is the product's name unless it has another.
fn display_name(row: &Model) -> &str {
    if row.display_name.is_empty() { &row.name } else { &row.display_name }
}
