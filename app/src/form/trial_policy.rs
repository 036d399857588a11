//! The form of a trial policy.

use domain::FieldError;
use domain::bounded_text::BoundedText;
use domain::field_error::FieldErrors;
use domain::license::Limit;
use domain::machine::{Seconds, TrialRules};
use serde::{Deserialize, Serialize};

/// The fields of a trial policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrialPolicyForm {
    name: String,
    trial_days: String,
    trial_limit: String,
    allow_vm: Option<String>,
    allow_container: Option<String>,
}

/// The parsed fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialPolicyFields {
    /// The name.
    pub name: BoundedText<256>,
    /// The length of a trial.
    pub length: Seconds,
    /// The number of machines that may use a trial.
    pub limit: Limit,
    /// Virtual machines may start a trial.
    pub allow_vm: bool,
    /// Containers may start a trial.
    pub allow_container: bool,
}

impl TrialPolicyForm {
    /// Parses the fields.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<TrialPolicyFields, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = faults.check(BoundedText::parse("name", &self.name));
        let required = || FieldError::new("trial_days", "Enter how long a trial lasts, such as 14 days.");
        let length = TrialRules::parse(&self.trial_days, "").and_then(|trial| trial.ok_or_else(required));
        let length = faults.check(length).map(|trial| trial.length);
        let limit = faults.check(Limit::parse("trial_limit", &self.trial_limit));
        let fields = || {
            Some(TrialPolicyFields {
                name: name?,
                length: length?,
                limit: limit?,
                allow_vm: self.allow_vm.is_some(),
                allow_container: self.allow_container.is_some(),
            })
        };
        fields().ok_or_else(|| faults.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named() {
        let form = TrialPolicyForm {
            name: "14 days".into(),
            trial_days: "36 hours".into(),
            ..TrialPolicyForm::default()
        };
        let fields = form.parse().expect("fields");
        assert_eq!((fields.length.get(), fields.limit), (129_600, Limit::UNLIMITED));
        assert!(!fields.allow_vm && !fields.allow_container);
        let wrong = TrialPolicyForm { trial_limit: "x".into(), ..TrialPolicyForm::default() };
        let faults: Vec<_> =
            wrong.parse().expect_err("faults").into_iter().map(|fault| fault.field).collect();
        assert_eq!(faults, ["name", "trial_days", "trial_limit"]);
    }
}
