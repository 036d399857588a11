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
