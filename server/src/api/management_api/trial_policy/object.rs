//! A trial policy in bodies: a pure function of its record.

use serde::Serialize;
use service::trial_policy::TrialPolicyRecord;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::rules::texts;

/// A trial policy.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "the contract's form of a policy")]
pub struct TrialPolicyObject {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    name: String,
    trial_length: u32,
    trial_limit: i64,
    fingerprint_matching_strategy: &'static str,
    allow_vm_activation: bool,
    allow_container_activation: bool,
    user_locked: bool,
    disable_geo_location: bool,
    allowed_ip_range: Option<String>,
    allowed_ip_ranges: Vec<String>,
    allowed_countries: [(); 0],
    disallowed_countries: [(); 0],
    allowed_ip_addresses: Vec<String>,
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
