//! What a seller asks for when a template is made or changed.

use domain::bounded_text::BoundedText;
use domain::license::Limit;
use domain::license_rules::RuleOverrides;
use domain::{KeyPattern, LicenseTemplateId, Timestamp};

use super::rule_columns::RuleColumns;

/// A change of a template; `None` changes nothing.
#[derive(Debug, Clone, Default)]
pub struct TemplateChange {
    /// The id of an imported template.
    pub id: Option<LicenseTemplateId>,
    /// The creation of an imported template.
    pub created_at: Option<Timestamp>,
    /// The last change of an imported template.
    pub updated_at: Option<Timestamp>,
    /// The name.
    pub name: Option<BoundedText<256>>,
    /// The pattern of new keys.
    pub key: Option<KeyPattern>,
    /// The machine limit.
    pub machine_limit: Option<Limit>,
    /// The domain limit.
    pub domain_limit: Option<Limit>,
    /// The rules, without meters and echoed fields.
    pub rules: RuleOverrides,
    /// Names of fields that a new license must have.
    pub required_metadata: Option<Vec<String>>,
    /// Names of meters that a new license gets.
    pub required_meters: Option<Vec<String>>,
}

impl TemplateChange {
    /// Returns the columns with the change, which are equal if it changes none.
    pub(super) fn apply(&self, columns: &RuleColumns) -> RuleColumns {
        let mut given = RuleOverrides::default();
        let changed = given.apply(&self.rules, &columns.rules);
        let rules =
            if changed.is_empty() { columns.rules.clone() } else { given.merge(columns.rules.clone()) };
        RuleColumns {
            domain_limit: self.domain_limit.unwrap_or(columns.domain_limit),
            machine_limit: self.machine_limit.unwrap_or(columns.machine_limit),
            key: self.key.clone().unwrap_or_else(|| columns.key.clone()),
            rules,
        }
    }
}
