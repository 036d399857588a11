//! The rules that are in force for a license, a product or a template.

use std::net::IpAddr;

use super::expiry::ExpiryTerms;
use super::kinds::LicenseKind;
use super::rules::LicenseRules;
use crate::machine::{AdmissionError, Machine, MachineRules, Seconds};

/// All rules in force.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RulesInForce {
    /// Machine rules. The lease is `None` unless licenses are hosted floating.
    pub machines: MachineRules,
    /// The other rules.
    pub rules: LicenseRules,
    /// When licenses expire.
    pub expiry: ExpiryTerms,
}

impl RulesInForce {
    /// Returns the kind of the license.
    #[must_use]
    pub fn kind(&self) -> LicenseKind {
        self.rules.kind(self.machines.lease)
    }

    /// Returns the duration of a lease, also where it has no effect.
    #[must_use]
    pub fn lease_duration(&self) -> Option<Seconds> {
        self.machines.lease.or(self.rules.idle_lease)
    }

    /// Checks that the rules admit a machine at this address.
    ///
    /// # Errors
    /// Returns [`AdmissionError`] if they do not.
    pub fn admit(&self, machine: &Machine, address: Option<IpAddr>) -> Result<(), AdmissionError> {
        self.machines.admit(machine)?;
        if self.rules.addresses.admit(address) { Ok(()) } else { Err(AdmissionError::Address) }
    }

    /// Returns the lease that a client may ask for: none if the rules fix it.
    #[must_use]
    pub fn requested_lease(&self, requested: Option<u32>) -> Option<u32> {
        requested.filter(|_| self.rules.client_lease)
    }
}
