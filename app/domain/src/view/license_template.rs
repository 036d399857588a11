//! Read models of license templates.

use serde::{Deserialize, Serialize};

use super::{ProductOption, RuleTexts};
use crate::{LicenseTemplateId, Timestamp};

/// A license template in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseTemplateRow {
    /// The id.
    pub id: LicenseTemplateId,
    /// The name.
    pub name: String,
    /// The kind of its licenses.
    pub kind: String,
    /// The machine limit in words.
    pub machine_limit: String,
    /// The interval in words; empty never ends.
    pub interval: String,
    /// The creation.
    pub created_at: Timestamp,
}

/// A page of the list of license templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseTemplateList {
    /// The templates, the newest first.
    pub templates: Vec<LicenseTemplateRow>,
    /// The page of older templates begins after this one.
    pub older: Option<LicenseTemplateId>,
}

/// License templates as choices in a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseTemplateMenu {
    /// Ids and names, by name.
    pub options: Vec<(String, String)>,
    /// Whether more templates match.
    pub has_more: bool,
}

/// The page of a license template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseTemplatePage {
    /// The id.
    pub id: LicenseTemplateId,
    /// The name.
    pub name: String,
    /// The rules: names and values in words.
    pub rules: Vec<(String, String)>,
    /// The same as forms write them.
    pub texts: TemplateTexts,
    /// The products that use it.
    pub products: Vec<ProductOption>,
}

/// The rules of a license template as forms write them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateTexts {
    /// The prefix or the pattern of new keys.
    pub key: String,
    /// The machine limit.
    pub machine_limit: String,
    /// The domain limit.
    pub domain_limit: String,
    /// The other rules.
    pub rules: RuleTexts,
    /// Names of fields that a new license must have, one a line.
    pub required_metadata: String,
    /// Names of meters that a new license gets, one a line.
    pub required_meters: String,
}
