//! What a change of a license template alters, for the event log.

use domain::KeyPattern;

use super::rule_columns::RuleColumns;
use crate::store::entity::license_templates::Model;
use crate::store::{Changes, convert};

/// Returns the properties that differ, by their names in the management API.
pub(super) fn template_changes(before: &Model, after: &Model) -> Changes {
    let mut changes = Changes::default();
    changes.add("name", &before.name, &after.name);
    let (former, next) = (RuleColumns::of_template(before), RuleColumns::of_template(after));
    changes.add("keyPattern", &former.key.to_string(), &next.key.to_string());
    changes.add("keyPrefix", &key_prefix(&former.key), &key_prefix(&next.key));
    changes.add_machine_limit(former.machine_limit, next.machine_limit);
    changes.add_domain_limit(former.domain_limit, next.domain_limit);
    changes.add_rules(&former.rules, &next.rules);
    let names = |text: &str| -> Vec<String> { convert::json_or_default(Some(text)) };
    changes.add("requiredMetadataKeys", &names(&before.required_metadata), &names(&after.required_metadata));
    changes.add("requiredMeterAttributes", &names(&before.required_meters), &names(&after.required_meters));
    changes
}

fn key_prefix(key: &KeyPattern) -> &str {
    match key {
        KeyPattern::Prefixed(prefix) => prefix.as_str(),
        KeyPattern::Hex | KeyPattern::Custom(_) => "",
    }
}
