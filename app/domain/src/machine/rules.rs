//! Machine rules of a product: admission, sync, leases and trials.

use serde::{Deserialize, Serialize};

use super::{Fingerprint, Machine};
use crate::license::Limit;
use crate::{FieldError, Period, duration};

/// Longest duration, in seconds: 68 years. Programs send the largest 32-bit number for "never".
const MAX_SECONDS: u32 = i32::MAX.unsigned_abs();
const SECONDS_PER_DAY: u32 = 86_400;
/// Separates fingerprint and user in a user-locked subject. A fingerprint contains no
/// control characters, so it cannot contain the separator.
const SUBJECT_SEPARATOR: char = '\u{1f}';

/// A duration in whole seconds, at most 68 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(u32);

impl Seconds {
    /// Creates a duration, capped at 68 years.
    #[must_use]
    pub const fn new(seconds: u32) -> Self {
        Self(if seconds > MAX_SECONDS { MAX_SECONDS } else { seconds })
    }

    /// Parses a duration such as `2 hours`, or a bare number of seconds; an empty text is `None`.
    ///
    /// # Errors
    /// Returns [`FieldError`] unless the text is a duration from 1 second to 68 years.
    pub fn parse(field: &'static str, input: &str) -> Result<Option<Self>, FieldError> {
        let text = input.trim();
        if text.is_empty() {
            return Ok(None);
        }
        match duration::parse(text).and_then(|seconds| u32::try_from(seconds).ok()) {
            Some(seconds) if (1..=MAX_SECONDS).contains(&seconds) => Ok(Some(Self(seconds))),
            _ => Err(FieldError::new(
                field,
                "This is a duration such as 90 minutes, 2 hours or 7 days, of at most 68 years, or empty.",
            )),
        }
    }

    /// Parses a duration that a form showed: a program may have set none at all, which forms do not take.
    ///
    /// # Errors
    /// Returns [`FieldError`] unless the text is a duration of at most 68 years or empty.
    pub fn parse_shown(field: &'static str, input: &str) -> Result<Option<Self>, FieldError> {
        if duration::parse(input) == Some(0) { Ok(Some(Self(0))) } else { Self::parse(field, input) }
    }

    /// Returns the duration in words: `1 hour 30 minutes`.
    #[must_use]
    pub fn label(self) -> String {
        duration::format(u64::from(self.0))
    }

    /// Returns the number of seconds.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Returns the stored value.
    #[must_use]
    pub fn to_storage(self) -> i32 {
        i32::try_from(self.0).unwrap_or(i32::MAX)
    }

    /// Creates a duration from the stored value.
    #[must_use]
    pub fn from_storage(seconds: i32) -> Self {
        Self::new(u32::try_from(seconds).unwrap_or(0))
    }
}

/// The sync interval and grace time of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRules {
    /// Interval between two syncs; `None` requires no sync.
    pub interval: Option<Seconds>,
    /// Grace time without a sync; `None` is unlimited.
    pub grace: Option<Seconds>,
}

/// Trials: activations without a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialRules {
    /// Duration of a trial, at least a second.
    pub length: Seconds,
    /// Number of machines that may use a trial.
    pub limit: Limit,
}

impl TrialRules {
    /// Creates rules of a number of days, capped at 68 years.
    #[must_use]
    pub const fn of_days(days: u32, limit: Limit) -> Self {
        Self { length: Seconds::new(days.saturating_mul(SECONDS_PER_DAY)), limit }
    }

    /// Parses the duration, such as `14 days`, `2 weeks`, `36 hours` or a bare number of days, and the limit. An
    /// empty duration disables trials. A month has 30 days here, a year 365.
    ///
    /// # Errors
    /// Returns [`FieldError`] unless the duration has 1 second to 68 years and the limit is valid.
    pub fn parse(length: &str, limit: &str) -> Result<Option<Self>, FieldError> {
        let limit = Limit::parse("trial_limit", limit)?;
        let invalid = || {
            FieldError::new(
                "trial_days",
                "This is a duration such as 14 days or 2 weeks, of at most 68 years, or empty for no trials.",
            )
        };
        let length = length.trim();
        // Periods first, in which `6m` are months.
        let seconds = match Period::parse("trial_days", length) {
            Ok(None) => return Ok(None),
            Ok(Some(period)) => u64::try_from(period.approximate_seconds()).ok(),
            Err(_) => duration::parse(length).filter(|_| length.parse::<u64>().is_err()),
        };
        match seconds.and_then(|seconds| u32::try_from(seconds).ok()) {
            Some(seconds) if (1..=MAX_SECONDS).contains(&seconds) => {
                Ok(Some(Self { length: Seconds(seconds), limit }))
            }
            _ => Err(invalid()),
        }
    }

    /// Returns the duration in words: `14 days`.
    #[must_use]
    pub fn label(self) -> String {
        self.length.label()
    }

    /// Returns the duration in days, rounded up, as nodes of earlier versions read it.
    #[must_use]
    pub fn days(self) -> u32 {
        self.length.get().div_ceil(SECONDS_PER_DAY)
    }
}

/// The machine rules of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineRules {
    /// Virtual machines may activate.
    pub allow_vm: bool,
    /// Containers may activate.
    pub allow_container: bool,
    /// Each user of a machine takes a separate activation.
    pub user_locked: bool,
    /// Number of times that a license's clients may release an activation: a limit on moving
    /// a license from machine to machine.
    pub deactivations: Limit,
    /// Sync rules for clients.
    pub sync: SyncRules,
    /// Lease of floating licenses: how long a machine stays active without a sync.
    pub lease: Option<Seconds>,
    /// Trial rules; `None` disables trials.
    pub trial: Option<TrialRules>,
}

impl Default for MachineRules {
    fn default() -> Self {
        Self {
            allow_vm: true,
            allow_container: true,
            user_locked: false,
            deactivations: Limit::UNLIMITED,
            sync: SyncRules { interval: Some(Seconds::new(3600)), grace: None },
            lease: None,
            trial: None,
        }
    }
}

/// The reason for refusing a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdmissionError {
    /// Virtual machines are not allowed.
    Vm,
    /// Containers are not allowed.
    Container,
    /// The client's address is not allowed.
    Address,
}

impl MachineRules {
    /// Checks that the rules admit a machine.
    ///
    /// # Errors
    /// Returns [`AdmissionError`] if the machine is virtual or a container, and the rules
    /// do not allow it.
    pub fn admit(&self, machine: &Machine) -> Result<(), AdmissionError> {
        if !self.allow_vm && machine.vm_name.is_some() {
            Err(AdmissionError::Vm)
        } else if !self.allow_container && machine.container.is_some() {
            Err(AdmissionError::Container)
        } else {
            Ok(())
        }
    }

    /// Returns the subject of an activation: the machine, or the machine and its user.
    #[must_use]
    pub fn subject(&self, fingerprint: &Fingerprint, user_hash: &str) -> String {
        if self.user_locked { user_subject(fingerprint, user_hash) } else { fingerprint.as_str().to_owned() }
    }

    /// Returns all subjects under which an activation of this machine and user may be stored,
    /// because `user_locked` may have changed since. The subject for new activations is first.
    #[must_use]
    pub fn subjects(&self, fingerprint: &Fingerprint, user_hash: &str) -> [String; 2] {
        let (plain, user) = (fingerprint.as_str().to_owned(), user_subject(fingerprint, user_hash));
        if self.user_locked { [user, plain] } else { [plain, user] }
    }
}

fn user_subject(fingerprint: &Fingerprint, user_hash: &str) -> String {
    format!("{}{SUBJECT_SEPARATOR}{user_hash}", fingerprint.as_str())
}

/// Returns the fingerprint in a stored subject.
#[must_use]
pub fn fingerprint_of(subject: &str) -> &str {
    subject.split(SUBJECT_SEPARATOR).next().unwrap_or(subject)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn virtual_machines_are_admitted_by_rule() {
        let vm = Machine { vm_name: Some("kvm".into()), ..Machine::default() };
        let container = Machine { container: Some("docker".into()), ..Machine::default() };
        let strict = MachineRules { allow_vm: false, allow_container: false, ..MachineRules::default() };
        assert_eq!(MachineRules::default().admit(&vm), Ok(()));
        assert_eq!(strict.admit(&vm), Err(AdmissionError::Vm));
        assert_eq!(strict.admit(&container), Err(AdmissionError::Container));
        assert_eq!(strict.admit(&Machine::default()), Ok(()));
    }

    #[test]
    fn trial_rules_are_parsed_from_two_fields() {
        assert_eq!(TrialRules::parse("", "5"), Ok(None));
        assert_eq!(TrialRules::parse("14", ""), Ok(Some(TrialRules::of_days(14, Limit::UNLIMITED))));
        for bad in ["0", "x", "24856", "-1", "69 years", "0 seconds", "99999999999"] {
            assert!(TrialRules::parse(bad, "").is_err(), "{bad}");
        }
        let trial = |text| TrialRules::parse(text, "").expect("a duration").expect("a trial");
        let days = |text| trial(text).days();
        assert_eq!(["2 weeks", "1 month", "1 year", "P14D", "6m"].map(days), [14, 30, 365, 14, 180]);
        assert_eq!(["36 hours", "1 second"].map(|text| trial(text).length.get()), [129_600, 1]);
        assert_eq!(["36 hours", "1 second"].map(days), [2, 1], "rounded up");
    }

    #[test]
    fn durations_are_words_or_seconds() {
        let seconds = |text| Seconds::parse("lease", text).map(|time| time.map(Seconds::get));
        assert_eq!(seconds(" "), Ok(None));
        assert_eq!(seconds("3600"), Ok(Some(3600)));
        assert_eq!(seconds("90 min"), Ok(Some(5400)));
        assert_eq!(seconds("68 years"), Ok(Some(68 * 31_536_000)));
        assert_eq!(seconds("2147483647"), Ok(Some(MAX_SECONDS)));
        for bad in ["0", "0 days", "2147483648", "69 years", "soon"] {
            assert_eq!(seconds(bad).map_err(|e| e.field), Err("lease"), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn shown_durations_are_parsed_as_their_duration(seconds in 0..=MAX_SECONDS) {
            let time = Seconds(seconds);
            prop_assert_eq!(Seconds::parse_shown("sync_grace", &time.label()), Ok(Some(time)));
        }

        #[test]
        fn labels_are_parsed_as_their_duration(seconds in 1..=MAX_SECONDS, length in 1..=MAX_SECONDS) {
            let label = Seconds(seconds).label();
            prop_assert_eq!(Seconds::parse("lease", &label), Ok(Some(Seconds(seconds))));
            let trial = TrialRules { length: Seconds(length), limit: Limit::UNLIMITED };
            prop_assert_eq!(TrialRules::parse(&trial.label(), ""), Ok(Some(trial)));
        }

        #[test]
        fn users_of_one_machine_have_own_subjects_only_if_user_locked(a in ".{0,40}", b in ".{0,40}", fp in "[a-zA-Z0-9]{1,64}") {
            let fingerprint = Fingerprint::parse(&fp).expect("a fingerprint");
            let (open, locked) = (MachineRules::default(), MachineRules { user_locked: true, ..MachineRules::default() });
            prop_assert_eq!(open.subject(&fingerprint, &a), open.subject(&fingerprint, &b));
            prop_assert_eq!(locked.subject(&fingerprint, &a) == locked.subject(&fingerprint, &b), a == b);
            let subject = locked.subject(&fingerprint, &a);
            prop_assert_eq!(fingerprint_of(&subject), fp.as_str());
        }
    }
}
