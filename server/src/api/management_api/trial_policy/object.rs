//! A trial policy in bodies: a pure function of its record.

use serde::Serialize;
use service::trial_policy::TrialPolicyRecord;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::rules::{FingerprintMatchingStrategy, texts};

/// A trial policy.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::TrialPolicy)]
#[allow(clippy::struct_excessive_bools, reason = "the contract's form of a policy")]
pub struct TrialPolicyObject {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    /// Its name.
    name: String,
    /// How long a trial lasts, in seconds.
    trial_length: u32,
    /// Machines that may try a product; -1 is unlimited.
    trial_limit: i64,
    /// How apps compare fingerprints. The server compares them exactly.
    #[schema(value_type = FingerprintMatchingStrategy)]
    fingerprint_matching_strategy: &'static str,
    /// Whether virtual machines may start a trial.
    allow_vm_activation: bool,
    /// Whether containers may start a trial.
    allow_container_activation: bool,
    /// Whether a trial belongs to a user of its machine.
    user_locked: bool,
    /// Whether addresses of machines are not kept.
    disable_geo_location: bool,
    /// The first allowed range, for older clients.
    allowed_ip_range: Option<String>,
    /// Ranges that machines must call from. Empty: any.
    allowed_ip_ranges: Vec<String>,
    /// Always empty.
    #[schema(value_type = Vec<String>)]
    allowed_countries: [(); 0],
    /// Always empty.
    #[schema(value_type = Vec<String>)]
    disallowed_countries: [(); 0],
    /// Addresses that machines must call from. Empty: any.
    allowed_ip_addresses: Vec<String>,
    /// Addresses that machines may not call from.
    disallowed_ip_addresses: Vec<String>,
}

impl TrialPolicyObject {
    /// Creates the object of a record.
    pub fn new(record: &TrialPolicyRecord) -> Self {
        let TrialPolicyRecord { rules, admission, .. } = record;
        let ranges = texts(&admission.addresses.ranges);
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.updated_at.into(),
            name: record.name.clone(),
            trial_length: rules.length.get(),
            trial_limit: rules.limit.to_signed(),
            fingerprint_matching_strategy: admission.fingerprint_matching.as_str(),
            allow_vm_activation: admission.allow_vm,
            allow_container_activation: admission.allow_container,
            user_locked: admission.user_locked,
            disable_geo_location: admission.discards_addresses,
            allowed_ip_range: ranges.first().cloned(),
            allowed_ip_ranges: ranges,
            allowed_countries: [],
            disallowed_countries: [],
            allowed_ip_addresses: texts(&admission.addresses.addresses),
            disallowed_ip_addresses: texts(&admission.addresses.denied),
        }
    }
}

impl ListItem for TrialPolicyObject {
    fn id(&self) -> Uuid {
        self.id
    }
}
