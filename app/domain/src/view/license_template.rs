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
