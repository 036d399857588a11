//! Bodies of requests about trial policies, for the OpenAPI document. The parser is more lenient (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;

use crate::api::management_api::rules::FingerprintMatchingStrategy;

/// A new trial policy.
#[derive(ToSchema)]
#[schema(as = v3::NewTrialPolicy, rename_all = "camelCase")]
pub(super) struct NewTrialPolicy {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// How long a trial lasts, in seconds.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    trial_length: u32,
    /// Machines that may try a product; -1 is unlimited.
    #[schema(minimum = -1, maximum = 2_147_483_647)]
    trial_limit: Option<i64>,
    /// How apps compare fingerprints. The server compares them exactly.
    fingerprint_matching_strategy: Option<FingerprintMatchingStrategy>,
    /// Whether virtual machines may start a trial.
    allow_vm_activation: Option<bool>,
    /// Whether containers may start a trial.
    allow_container_activation: Option<bool>,
    /// Whether a trial belongs to a user of its machine.
    user_locked: Option<bool>,
    /// Whether addresses of machines are not kept.
    disable_geo_location: Option<bool>,
    /// Ranges that machines must call from, such as `10.1.0.0/16` or `10.1.0.1-10.1.0.9`. Empty: any.
    #[schema(max_items = 20)]
    allowed_ip_ranges: Option<Vec<String>>,
    /// Addresses that machines must call from. Empty: any.
    #[schema(max_items = 256)]
    allowed_ip_addresses: Option<Vec<String>>,
    /// Addresses that machines may not call from.
    #[schema(max_items = 256)]
    disallowed_ip_addresses: Option<Vec<String>>,
}

/// A change of a trial policy.
#[derive(ToSchema)]
#[schema(as = v3::TrialPolicyChange, rename_all = "camelCase")]
pub(super) struct TrialPolicyChange {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// How long a trial lasts, in seconds.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    trial_length: Option<u32>,
    /// Machines that may try a product; -1 is unlimited.
    #[schema(minimum = -1, maximum = 2_147_483_647)]
    trial_limit: Option<i64>,
    /// How apps compare fingerprints. The server compares them exactly.
    fingerprint_matching_strategy: Option<FingerprintMatchingStrategy>,
    /// Whether virtual machines may start a trial.
    allow_vm_activation: Option<bool>,
    /// Whether containers may start a trial.
    allow_container_activation: Option<bool>,
    /// Whether a trial belongs to a user of its machine.
    user_locked: Option<bool>,
    /// Whether addresses of machines are not kept.
    disable_geo_location: Option<bool>,
    /// Ranges that machines must call from, such as `10.1.0.0/16` or `10.1.0.1-10.1.0.9`. Empty: any.
    #[schema(max_items = 20)]
    allowed_ip_ranges: Option<Vec<String>>,
    /// Addresses that machines must call from. Empty: any.
    #[schema(max_items = 256)]
    allowed_ip_addresses: Option<Vec<String>>,
    /// Addresses that machines may not call from.
    #[schema(max_items = 256)]
    disallowed_ip_addresses: Option<Vec<String>>,
}
