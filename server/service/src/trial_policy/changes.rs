//! What a change of a trial policy alters, for the event log.

use super::trial_columns::TrialColumns;
use crate::store::Changes;
use crate::store::entity::trial_policies::Model;

/// Returns the properties that differ, by their names in the management API.
pub(super) fn policy_changes(before: &Model, after: &Model) -> Changes {
    let mut changes = Changes::default();
    changes.add("name", &before.name, &after.name);
    let (former, next) = (TrialColumns::of_policy(before), TrialColumns::of_policy(after));
    changes.add("trialLength", &former.rules.length.get(), &next.rules.length.get());
    changes.add("trialLimit", &former.rules.limit.to_signed(), &next.rules.limit.to_signed());
    let (former, next) = (former.admission, next.admission);
    let (matching, next_matching) = (former.fingerprint_matching, next.fingerprint_matching);
    changes.add("fingerprintMatchingStrategy", &matching.as_str(), &next_matching.as_str());
    changes.add("allowVmActivation", &former.allow_vm, &next.allow_vm);
    changes.add("allowContainerActivation", &former.allow_container, &next.allow_container);
    changes.add("userLocked", &former.user_locked, &next.user_locked);
    changes.add("disableGeoLocation", &former.discards_addresses, &next.discards_addresses);
    changes.add_addresses(&former.addresses, &next.addresses);
    changes
}
