//! Trial policies: which machines may start a trial, beside the length of trials and their number.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::license_rules::{FingerprintMatching, IpRules, is_default};
use crate::machine::{AdmissionError, Fingerprint, Machine, MachineRules};

/// The machines that may start a trial, and what is kept of them. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct TrialAdmission {
    /// Virtual machines may start a trial.
    pub allow_vm: bool,
    /// Containers may start a trial.
    pub allow_container: bool,
    /// Each user of a machine has a trial.
    pub user_locked: bool,
    /// How clients compare fingerprints.
    #[serde(skip_serializing_if = "is_default")]
    pub fingerprint_matching: FingerprintMatching,
    /// Addresses of trials are not kept.
    #[serde(skip_serializing_if = "is_default")]
    pub discards_addresses: bool,
    /// Addresses that may start a trial.
    #[serde(skip_serializing_if = "is_default")]
    pub addresses: IpRules,
}

impl Default for TrialAdmission {
    fn default() -> Self {
        Self::of_product(&MachineRules::default())
    }
}

impl TrialAdmission {
    /// Returns the admission by the machine rules of a product, whose trials have no rules of their own.
    #[must_use]
    pub fn of_product(machines: &MachineRules) -> Self {
        Self {
            allow_vm: machines.allow_vm,
            allow_container: machines.allow_container,
            user_locked: machines.user_locked,
            fingerprint_matching: FingerprintMatching::default(),
            discards_addresses: false,
            addresses: IpRules::default(),
        }
    }

    /// Returns the admission after a change of the product's machine rules by its form, which is also the form of
    /// its trials: a changed switch applies to trials too.
    #[must_use]
    pub fn following(self, former: &MachineRules, new: &MachineRules) -> Self {
        let switch = |own: bool, former: bool, new: bool| if former == new { own } else { new };
        Self {
            allow_vm: switch(self.allow_vm, former.allow_vm, new.allow_vm),
            allow_container: switch(self.allow_container, former.allow_container, new.allow_container),
            user_locked: switch(self.user_locked, former.user_locked, new.user_locked),
            ..self
        }
    }

    /// Parses the stored JSON; `None` for JSON of another form.
    #[must_use]
    pub fn from_storage(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Returns the stored JSON.
    #[must_use]
    pub fn to_storage(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// Checks that a machine at this address may start a trial.
    ///
    /// # Errors
    /// Returns [`AdmissionError`] if it may not.
    pub fn admit(&self, machine: &Machine, address: Option<IpAddr>) -> Result<(), AdmissionError> {
        self.machine_rules().admit(machine)?;
        if self.addresses.admit(address) { Ok(()) } else { Err(AdmissionError::Address) }
    }

    /// Returns all subjects under which a trial of this machine and user may be stored, because `user_locked` may
    /// have changed since. The subject for new trials is first.
    #[must_use]
    pub fn subjects(&self, fingerprint: &Fingerprint, user_hash: &str) -> [String; 2] {
        self.machine_rules().subjects(fingerprint, user_hash)
    }

    fn machine_rules(&self) -> MachineRules {
        MachineRules {
            allow_vm: self.allow_vm,
            allow_container: self.allow_container,
            user_locked: self.user_locked,
            ..MachineRules::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules((allow_vm, allow_container, user_locked): (bool, bool, bool)) -> MachineRules {
        MachineRules { allow_vm, allow_container, user_locked, ..MachineRules::default() }
    }

    fn switches(admission: &TrialAdmission) -> (bool, bool, bool) {
        (admission.allow_vm, admission.allow_container, admission.user_locked)
    }

    #[test]
    fn machines_and_addresses_are_admitted_by_rule() {
        let addresses =
            IpRules { ranges: vec!["10.0.0.0/8".parse().expect("a range")], ..IpRules::default() };
        let admission = TrialAdmission { allow_vm: false, addresses, ..TrialAdmission::default() };
        let address = |text: &str| Some(text.parse().expect("an address"));
        let machine = Machine::default();
        let vm = Machine { vm_name: Some("kvm".into()), ..Machine::default() };
        assert_eq!(admission.admit(&machine, address("10.1.2.3")), Ok(()));
        assert_eq!(admission.admit(&machine, address("11.1.2.3")), Err(AdmissionError::Address));
        assert_eq!(admission.admit(&vm, address("10.1.2.3")), Err(AdmissionError::Vm));
    }

    #[test]
    fn stored_json_has_no_defaults_and_round_trips() {
        let text = r#"{"allow_vm":true,"allow_container":true,"user_locked":false}"#;
        assert_eq!(TrialAdmission::default().to_storage(), text);
        assert_eq!(TrialAdmission::from_storage(text), Some(TrialAdmission::default()));
        assert_eq!(TrialAdmission::from_storage("nonsense"), None);
        let admission = TrialAdmission {
            discards_addresses: true,
            addresses: IpRules {
                denied: vec!["10.0.0.7".parse().expect("an address")],
                ..IpRules::default()
            },
            ..TrialAdmission::default()
        };
        assert_eq!(TrialAdmission::from_storage(&admission.to_storage()), Some(admission));
    }

    proptest! {
        #[test]
        fn only_changed_switches_of_the_product_apply(own: (bool, bool, bool), former: (bool, bool, bool), new: (bool, bool, bool)) {
            let admission = TrialAdmission::of_product(&rules(own)).following(&rules(former), &rules(new));
            let expected = |own, former, new| if former == new { own } else { new };
            prop_assert_eq!(switches(&admission), (
                expected(own.0, former.0, new.0),
                expected(own.1, former.1, new.1),
                expected(own.2, former.2, new.2),
            ));
            let same = TrialAdmission::of_product(&rules(own));
            prop_assert_eq!(same.clone().following(&rules(former), &rules(former)), same);
        }
    }
}
