//! What a seller asks for when a trial policy is made or changed.

use domain::TrialAdmission;
use domain::bounded_text::BoundedText;
use domain::license::Limit;
use domain::license_rules::{FingerprintMatching, IpRange, IpRules};
use domain::machine::{Seconds, TrialRules};

use super::trial_columns::TrialColumns;

/// A change of a trial policy; `None` changes nothing.
#[derive(Debug, Clone, Default)]
pub struct TrialPolicyChange {
    /// The name.
    pub name: Option<BoundedText<256>>,
    /// The length of a trial.
    pub length: Option<Seconds>,
    /// The number of machines that may use a trial.
    pub limit: Option<Limit>,
    /// Virtual machines may start a trial.
    pub allow_vm: Option<bool>,
    /// Containers may start a trial.
    pub allow_container: Option<bool>,
    /// Each user of a machine has a trial.
    pub user_locked: Option<bool>,
    /// How clients compare fingerprints.
    pub fingerprint_matching: Option<FingerprintMatching>,
    /// Addresses of trials are not kept.
    pub discards_addresses: Option<bool>,
    /// Ranges of addresses that may start a trial.
    pub ip_ranges: Option<Vec<IpRange>>,
    /// Single addresses that may start a trial.
    pub ip_addresses: Option<Vec<IpRange>>,
    /// Addresses that may not start a trial.
    pub denied_addresses: Option<Vec<IpRange>>,
}

impl TrialPolicyChange {
    /// Returns the columns with the change, which are equal if it changes none.
    pub(super) fn apply(&self, columns: &TrialColumns) -> TrialColumns {
        let TrialColumns { rules, admission } = columns.clone();
        TrialColumns {
            rules: TrialRules {
                length: self.length.unwrap_or(rules.length),
                limit: self.limit.unwrap_or(rules.limit),
            },
            admission: TrialAdmission {
                allow_vm: self.allow_vm.unwrap_or(admission.allow_vm),
                allow_container: self.allow_container.unwrap_or(admission.allow_container),
                user_locked: self.user_locked.unwrap_or(admission.user_locked),
                fingerprint_matching: self.fingerprint_matching.unwrap_or(admission.fingerprint_matching),
                discards_addresses: self.discards_addresses.unwrap_or(admission.discards_addresses),
                addresses: IpRules {
                    ranges: self.ip_ranges.clone().unwrap_or(admission.addresses.ranges),
                    addresses: self.ip_addresses.clone().unwrap_or(admission.addresses.addresses),
                    denied: self.denied_addresses.clone().unwrap_or(admission.addresses.denied),
                },
            },
        }
    }
}
