//! Read models of trial policies.

use serde::{Deserialize, Serialize};

use super::ProductOption;
use crate::{Timestamp, TrialPolicyId};

/// A trial policy in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialPolicyRow {
    /// The id.
    pub id: TrialPolicyId,
    /// The name.
    pub name: String,
    /// The length in words.
    pub length: String,
    /// The limit in words.
    pub limit: String,
    /// The creation.
    pub created_at: Timestamp,
}

/// A page of the list of trial policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialPolicyList {
    /// The policies, the newest first.
    pub policies: Vec<TrialPolicyRow>,
    /// The page of older policies begins after this one.
    pub older: Option<TrialPolicyId>,
}

/// The page of a trial policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialPolicyPage {
    /// The id.
    pub id: TrialPolicyId,
    /// The name.
    pub name: String,
    /// The length in words.
    pub length: String,
    /// The number of machines; empty is unlimited.
    pub limit: String,
    /// Virtual machines may start a trial.
    pub allow_vm: bool,
    /// Containers may start a trial.
    pub allow_container: bool,
    /// The other rules: names and values in words.
    pub rules: Vec<(String, String)>,
    /// The products that use it.
    pub products: Vec<ProductOption>,
}

/// A trial policy as a choice in a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialPolicyOption {
    /// The id.
    pub id: TrialPolicyId,
    /// The name and the length.
    pub label: String,
}

/// Trial policies as choices in a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialPolicyMenu {
    /// The policies, by name. The chosen one is among them.
    pub options: Vec<TrialPolicyOption>,
    /// Whether more policies match.
    pub has_more: bool,
}
