//! Read models of license templates.

use serde::{Deserialize, Serialize};

use super::ProductOption;
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
    /// The products that use it.
    pub products: Vec<ProductOption>,
}
