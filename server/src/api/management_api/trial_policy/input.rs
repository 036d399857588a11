//! A trial policy in bodies of requests.

use domain::bounded_text::BoundedText;
use domain::license::Limit;
use domain::license_rules::FingerprintMatching;
use domain::machine::Seconds;
use service::trial_policy::TrialPolicyChange;

use crate::api::management_api::body::Fields;
use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::rules::{MAX_INT, read_addresses, read_words, refuse_countries};

/// Reads a policy to make, or a change of one.
pub(super) fn read(fields: &Fields) -> Result<TrialPolicyChange> {
    refuse_countries(fields)?;
    let name = fields.string("name", 1..=256)?.value();
    let name = name.map(|name| BoundedText::parse("name", &name)).transpose();
    let length = fields.integer("trialLength", 1..=MAX_INT)?;
    let (ip_ranges, ip_addresses, denied_addresses) = read_addresses(fields)?;
    Ok(TrialPolicyChange {
        name: name.map_err(|error| ManagementError::Validation(error.message))?,
        length: length.and_then(|seconds| u32::try_from(seconds).ok()).map(Seconds::new),
        limit: fields.integer("trialLimit", -1..=MAX_INT)?.map(Limit::from_signed),
        allow_vm: fields.boolean("allowVmActivation")?,
        allow_container: fields.boolean("allowContainerActivation")?,
        user_locked: fields.boolean("userLocked")?,
        fingerprint_matching: read_words(
            fields,
            "fingerprintMatchingStrategy",
            FingerprintMatching::ALL,
            FingerprintMatching::as_str,
        )?,
        discards_addresses: fields.boolean("disableGeoLocation")?,
        ip_ranges,
        ip_addresses,
        denied_addresses,
    })
}
